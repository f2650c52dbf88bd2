//! What the server offers.

use serde_json::Value;

use crate::support::{process::SdkClient, wire::Era};

#[tokio::test]
async fn everything_is_listed_in_both_eras() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let tools = sdk.client.list_all_tools().await.unwrap();
        let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
        assert_eq!(
            names,
            [
                "describe_history",
                "summarize_month",
                "query_changes",
                "run_sql",
                "resource_history",
                "find_anomalies",
                "config_bill",
            ]
        );
        let size = serde_json::to_string(&tools).unwrap().len();
        println!("{era:?}: tools/list has {size} bytes");
        assert!(size <= 10_000);

        let resources = sdk.client.list_all_resources().await.unwrap();
        assert_eq!(resources.len(), 2 + 13, "the index, the schema, 13 months");
        assert_eq!(resources[2].uri, "config-history://months/2024-11");
        let templates = sdk.client.list_all_resource_templates().await.unwrap();
        let templates: Vec<&str> = templates.iter().map(|t| t.uri_template.as_str()).collect();
        assert_eq!(
            templates,
            [
                "config-history://months/{month}",
                "config-history://months/{month}/{account}/{region}",
                "config-history://resources/{resource_type}/{resource_id}",
            ]
        );
        let prompts = sdk.client.list_all_prompts().await.unwrap();
        let prompts: Vec<&str> = prompts.iter().map(|prompt| prompt.name.as_str()).collect();
        assert_eq!(
            prompts,
            [
                "monthly_report",
                "investigate_resource",
                "explain_config_bill"
            ]
        );
    }
}

#[tokio::test]
async fn the_server_says_who_it_is_and_how_to_be_used() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let info = sdk.client.peer_info().unwrap();
        let info: Value = serde_json::to_value(&*info).unwrap();
        let instructions = info["instructions"].as_str().unwrap();
        let chars = instructions.chars().count();
        println!("{era:?}: the instructions have {chars} characters");
        assert!(chars <= 2_000);
        assert!(instructions.contains("describe_history"));
    }
}

#[tokio::test]
async fn no_sql_removes_the_tool() {
    for era in Era::BOTH {
        let sdk = SdkClient::connect(era, &["serve", "--demo", "--no-sql"]).await;
        let tools = sdk.client.list_all_tools().await.unwrap();
        assert!(tools.iter().all(|tool| tool.name != "run_sql"));
        assert_eq!(tools.len(), 6);
        let described = sdk.answer("describe_history", serde_json::json!({})).await;
        assert_eq!(described["limits"]["sql_allowed"], false);
    }
}

#[tokio::test]
async fn prompts_are_filled() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        for (name, arguments, said) in [
            (
                "monthly_report",
                serde_json::json!({"month": "2024-11", "language": "ja"}),
                "2024-11",
            ),
            (
                "investigate_resource",
                serde_json::json!({"resource": "stg-orders"}),
                "stg-orders",
            ),
            (
                "explain_config_bill",
                serde_json::json!({"month": "2024-11"}),
                "2024-11",
            ),
        ] {
            let text = sdk.prompt(name, arguments).await.unwrap();
            assert!(text.contains(said) && !text.contains("{{"), "{text}");
        }
    }
}

#[tokio::test]
async fn arguments_complete_from_the_history() {
    let template = "config-history://months/{month}/{account}/{region}";
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        for (argument, typed, expected) in [
            ("month", "2024-1", &["2024-11", "2024-10"][..]),
            ("account", "4", &["444455556666"]),
            ("region", "e", &["eu-west-1"]),
            (
                "resource_type",
                "aws::cassandra",
                &["AWS::Cassandra::Keyspace"],
            ),
        ] {
            let of_template = sdk
                .client
                .complete_resource_simple(template, argument, typed)
                .await
                .unwrap();
            assert_eq!(of_template, expected, "{argument}");
            let of_prompt = sdk
                .client
                .complete_prompt_simple("monthly_report", argument, typed)
                .await
                .unwrap();
            assert_eq!(of_prompt, expected, "{argument}");
        }
        let all = sdk
            .client
            .complete_resource_simple(template, "month", "")
            .await
            .unwrap();
        assert_eq!((all.len(), all[0].as_str()), (13, "2024-11"));
    }
}
