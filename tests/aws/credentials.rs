//! Who asks AWS, and what is said where nobody can.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use serde_json::json;

use crate::{
    Case, beside,
    contract::same,
    program::{Run, finish, program},
    services::{existing, glue_as, key_of_account, table_input},
    stdio::Server,
    tap::Tap,
    world::{World, endpoint},
};

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        beside("credentials::none_at_all", none_at_all),
        beside("credentials::a_profile_that_is_not_there", unknown_profile),
        beside("credentials::no_region", no_region),
        beside("credentials::a_role_of_a_profile", role_of_profile),
        beside("credentials::a_role_by_flag", role_by_flag),
        beside("credentials::a_profile_beats_keys", profile_beats_keys),
        beside("credentials::a_login_that_is_missing", no_login),
        beside("credentials::an_endpoint_by_flag", endpoint_by_flag),
        beside("credentials::an_endpoint_that_is_closed", closed_endpoint),
        beside(
            "credentials::nothing_before_the_first_call",
            not_before_asked,
        ),
    ]
}

const CONFIG: &str = "\
[default]
region = us-east-1

[profile audit]
region = us-east-1
aws_access_key_id = test
aws_secret_access_key = test

[profile reader]
region = us-east-1
role_arn = arn:aws:iam::222233334444:role/Reader
source_profile = audit
external_id = of-the-profile

[profile corp]
region = us-east-1
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Reader

[profile above]
region = us-east-1
role_arn = arn:aws:iam::222233334444:role/Reader
source_profile = corp

[sso-session corp]
sso_region = us-east-1
sso_start_url = https://nobody.invalid/start
";

/// Returns a home of its own with this configuration of AWS.
fn home(name: &str, config: &str) -> Result<PathBuf, String> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("home-{name}"));
    fs::create_dir_all(home.join(".aws")).map_err(|error| error.to_string())?;
    let file = home.join(".aws/config");
    fs::write(file, config).map_err(|error| error.to_string())?;
    Ok(home)
}

/// Returns a command that asks a table a question, with a home and without keys.
fn asking(world: &World, home: &Path, table: &str) -> Command {
    let mut command = program(world);
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
    ] {
        command.env_remove(name);
    }
    command.env("HOME", home).args([
        "query",
        "--month",
        "2024-11",
        "--group-by",
        "account",
        "--measure",
        "items",
        "--format",
        "json",
        "--athena",
        table,
    ]);
    command
}

/// Fails unless the run ended with one error of this code, with these words and no more.
fn mends(run: &Run, code: &str, words: &[&str]) -> Result<(), Failed> {
    run.refused(code, words)?;
    readable(run)?;
    let errors = run.err.lines().filter(|line| line.starts_with("error["));
    if errors.count() != 1 || run.code != 1 {
        return Err(format!("not one error, exit 1: {run:#?}").into());
    }
    Ok(())
}

/// Fails where standard error holds what the SDK prints for its own people.
fn readable(run: &Run) -> Result<(), String> {
    let dumps = [
        "SdkBody",
        "DispatchFailure",
        "ConstructionFailure",
        "{ ",
        "source:",
    ];
    match dumps.iter().find(|dump| run.err.contains(**dump)) {
        Some(dump) => Err(format!("`{dump}` is told: {}", run.err)),
        None if run.err.lines().any(|line| line.len() > 1_000) => {
            Err(format!("a line without end: {}", run.err))
        }
        None => Ok(()),
    }
}

fn none_at_all(world: &World) -> Result<(), Failed> {
    let home = home("none", "[default]\nregion = us-east-1\n")?;
    let run = finish(&mut asking(world, &home, "demo.recommended"))?;
    let words = [
        "no AWS credentials were found",
        "aws sso login",
        "--profile",
    ];
    mends(&run, "aws_credentials", &words)
}

fn unknown_profile(world: &World) -> Result<(), Failed> {
    let home = home("unknown", CONFIG)?;
    let names = ["audti", "above, audit, corp", "reader"];
    let by_flag = finish(asking(world, &home, "demo.recommended").args(["--profile", "audti"]))?;
    mends(&by_flag, "aws_credentials", &names)?;
    let by_environment =
        finish(asking(world, &home, "demo.recommended").env("AWS_PROFILE", "audti"))?;
    mends(&by_environment, "aws_credentials", &names)
}

fn no_region(world: &World) -> Result<(), Failed> {
    let home = home("region", "[profile other]\nregion = us-east-1\n")?;
    let nowhere = || {
        let mut command = asking(world, &home, "demo.recommended");
        command
            .env_remove("AWS_REGION")
            .env_remove("AWS_DEFAULT_REGION")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        command
    };
    let run = finish(&mut nowhere())?;
    let words = ["no AWS Region is set", "--aws-region", "AWS_REGION"];
    mends(&run, "aws_credentials", &words)?;
    let run = finish(nowhere().args(["--aws-region", "us-east-1"]))?;
    answered(&run)
}

fn answered(run: &Run) -> Result<(), Failed> {
    let answer = run.json()?;
    readable(run)?;
    same(&json!(3), &answer["total"])
}

/// An STS that gives the key of the emulated AWS to everybody, and tells what it was asked.
fn token_service() -> Result<(u16, Receiver<String>), String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    let port = listener.local_addr().map_err(|error| error.to_string())?;
    let (sender, asked) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(&stream);
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap_or(0);
                }
                line.clear();
            }
            let mut body = vec![0; length];
            drop(reader.read_exact(&mut body));
            let answer = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                <AssumeRoleResult><Credentials><AccessKeyId>test</AccessKeyId>\
                <SecretAccessKey>test</SecretAccessKey><SessionToken>token</SessionToken>\
                <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
                <AssumedRoleUser><Arn>arn:aws:sts::222233334444:assumed-role/Reader/x</Arn>\
                <AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser></AssumeRoleResult>\
                </AssumeRoleResponse>";
            let length = answer.len();
            drop(write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\
                 Connection: close\r\n\r\n{answer}"
            ));
            drop(sender.send(String::from_utf8_lossy(&body).into_owned()));
        }
    });
    Ok((port.port(), asked))
}

fn assumed(asked: &Receiver<String>, external_id: &str) -> Result<(), String> {
    let body = asked.try_recv().map_err(|_| "STS was not asked")?;
    let role = "RoleArn=arn%3Aaws%3Aiam%3A%3A222233334444%3Arole%2FReader";
    let external_id = format!("ExternalId={external_id}");
    for part in ["Action=AssumeRole", role, &external_id] {
        if !body.split('&').any(|member| member == part) {
            return Err(format!("`{part}` is not in: {body}"));
        }
    }
    Ok(())
}

fn role_of_profile(world: &World) -> Result<(), Failed> {
    let home = home("role", CONFIG)?;
    let (port, asked) = token_service()?;
    let mut command = asking(world, &home, "demo.recommended");
    command.env("AWS_ENDPOINT_URL_STS", endpoint(port));
    answered(&finish(command.args(["--profile", "reader"]))?)?;
    assumed(&asked, "of-the-profile")?;
    // Somebody else's account has no such table: the role is assumed there in truth.
    let mut command = asking(world, &home, "demo.recommended");
    let run = finish(command.args(["--profile", "reader"]))?;
    mends(&run, "table_not_found", &["demo.recommended"])
}

fn role_by_flag(world: &World) -> Result<(), Failed> {
    let home = home("flag", CONFIG)?;
    let role = [
        "--profile",
        "audit",
        "--role-arn",
        "arn:aws:iam::222233334444:role/Reader",
        "--external-id",
        "by-the-flag",
    ];
    let (port, asked) = token_service()?;
    let mut command = asking(world, &home, "demo.recommended");
    command.env("AWS_ENDPOINT_URL_STS", endpoint(port));
    answered(&finish(command.args(role))?)?;
    assumed(&asked, "by-the-flag")?;
    let run = finish(asking(world, &home, "demo.recommended").args(role))?;
    mends(&run, "table_not_found", &["demo.recommended"])
}

fn profile_beats_keys(world: &World) -> Result<(), Failed> {
    let home = home("beats", CONFIG)?;
    // A table that only another account has.
    let key = key_of_account(world, "333344445555")?;
    let database = json!({ "DatabaseInput": { "Name": "elsewhere" } });
    glue_as(world, &key, "CreateDatabase", &database)?;
    let input = table_input(&existing(world, "demo.recommended")?, "history");
    let input = json!({ "DatabaseName": "elsewhere", "TableInput": input });
    glue_as(world, &key, "CreateTable", &input)?;
    let with_keys = |table: &str| {
        let mut command = asking(world, &home, table);
        command
            .env("AWS_ACCESS_KEY_ID", &key)
            .env("AWS_SECRET_ACCESS_KEY", "test");
        command
    };
    let plan = |table: &str, more: &[&str]| {
        let mut command = with_keys(table);
        let run = finish(command.args(more))?;
        readable(&run)?;
        Ok::<Run, String>(run)
    };
    // Keys alone, and keys beside a profile that only the environment names: the keys' account.
    let by_keys = plan("demo.recommended", &[])?;
    mends(&by_keys, "table_not_found", &["demo.recommended"])?;
    let mut command = with_keys("demo.recommended");
    let both = finish(command.env("AWS_PROFILE", "audit"))?;
    mends(
        &both,
        "table_not_found",
        &["AWS_PROFILE=audit is passed over", "--profile audit"],
    )?;
    // The flag: the profile's account, and it is said that the keys are passed over.
    let by_flag = plan("demo.recommended", &["--profile", "audit"])?;
    answered(&by_flag)?;
    if !by_flag
        .err
        .contains("AWS_ACCESS_KEY_ID is set but passed over")
    {
        return Err(format!("{by_flag:#?}").into());
    }
    let by_flag = plan("elsewhere.history", &["--profile", "audit"])?;
    mends(&by_flag, "table_not_found", &["elsewhere.history"])
}

fn no_login(world: &World) -> Result<(), Failed> {
    let home = home("login", CONFIG)?;
    for profile in ["corp", "above"] {
        let by_flag =
            finish(asking(world, &home, "demo.recommended").args(["--profile", profile]))?;
        mends(
            &by_flag,
            "aws_credentials",
            &["aws sso login --profile corp"],
        )?;
        let by_environment =
            finish(asking(world, &home, "demo.recommended").env("AWS_PROFILE", profile))?;
        mends(
            &by_environment,
            "aws_credentials",
            &["aws sso login --profile corp"],
        )?;
    }
    Ok(())
}

fn endpoint_by_flag(world: &World) -> Result<(), Failed> {
    let home = home("endpoint", CONFIG)?;
    let tap = Tap::to(Some(world.athena_port()))?;
    let mut command = asking(world, &home, "demo.recommended");
    command
        .env_remove("AWS_ENDPOINT_URL")
        .args(["--profile", "audit"]);
    answered(&finish(command.args(["--endpoint-url", &tap.endpoint()]))?)?;
    let services = tap.take_operations();
    for service in ["AmazonAthena.", "GET /demo-bucket"] {
        if !services
            .iter()
            .any(|operation| operation.starts_with(service))
        {
            return Err(format!("{service} was not asked there: {services:?}").into());
        }
    }
    // The flag beats the environment.
    let mut command = asking(world, &home, "demo.recommended");
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    command.args(["--profile", "audit", "--endpoint-url", &tap.endpoint()]);
    answered(&finish(&mut command)?)
}

fn closed_endpoint(world: &World) -> Result<(), Failed> {
    let home = home("closed", CONFIG)?;
    let mut command = asking(world, &home, "demo.recommended");
    command.args(["--profile", "audit", "--endpoint-url", "http://127.0.0.1:1"]);
    let run = finish(&mut command)?;
    mends(
        &run,
        "aws_unavailable",
        &["AWS cannot be reached", "check the network"],
    )
}

fn not_before_asked(world: &World) -> Result<(), Failed> {
    let tap = Tap::to(None)?;
    let mut command = program(world);
    command
        .env("AWS_ENDPOINT_URL", tap.endpoint())
        .args(["serve", "--athena", "demo.recommended"]);
    let mut client = Server::start(&mut command)?;
    for (method, member) in [
        ("tools/list", "tools"),
        ("prompts/list", "prompts"),
        ("resources/templates/list", "resourceTemplates"),
    ] {
        let listing = client.ask(method, &json!({}))?;
        if listing[member].as_array().is_none_or(Vec::is_empty) {
            return Err(format!("{method}: {listing}").into());
        }
    }
    same(&json!(0), &json!(tap.calls().len()))?;
    // And then it is asked: else nothing would be proved.
    let call = json!({ "name": "describe_history", "arguments": {} });
    client.begin("tools/call", &call)?;
    let until = Instant::now() + Duration::from_secs(20);
    while tap.calls().is_empty() {
        if Instant::now() > until {
            return Err("AWS was never asked".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
