//! Whose credentials sign.

use super::{
    clients,
    server::{Answer, Asked, Server},
    settings,
};
use crate::aws::{AwsClients, AwsError, AwsErrorKind, AwsSettings, describe, retry_read};

const ASSUMED: &str = "\
<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
<Credentials><AccessKeyId>AKIDROLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
<SessionToken>token</SessionToken><Expiration>2199-01-01T00:00:00Z</Expiration></Credentials>\
</AssumeRoleResult></AssumeRoleResponse>";

const DENIED: &str = "\
<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
<Code>AccessDenied</Code><Message>User x is not authorized to perform: sts:AssumeRole</Message>\
</Error></ErrorResponse>";

async fn ask(clients: &AwsClients) -> Result<(), AwsError> {
    let athena = clients.athena().await?;
    retry_read(clients, || athena.list_work_groups().send())
        .await
        .map_err(|error| describe("list the workgroups", &error))?;
    Ok(())
}

fn is_sts(asked: &Asked) -> bool {
    asked.body.contains("Action=AssumeRole")
}

fn signed_by(asked: &Asked, key: &str) -> bool {
    asked.head.contains(&format!("Credential={key}/"))
}

fn role(endpoint: &str) -> AwsSettings {
    AwsSettings {
        role_arn: Some("arn:aws:iam::444455556666:role/Audit".to_owned()),
        external_id: Some("shared words".to_owned()),
        role_session_name: Some("history".to_owned()),
        ..settings("keys", endpoint)
    }
}

#[tokio::test]
async fn a_role_is_assumed_with_its_external_id() {
    let server = Server::start(|asked, _| {
        let body = if is_sts(asked) { ASSUMED } else { "{}" };
        Answer::Body(200, body.to_owned())
    });
    let clients = clients(role(&server.url()));
    ask(&clients).await.unwrap();
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(signed_by(&asked[0], "AKIDPROFILE"), "{asked:?}");
    assert!(
        asked[0]
            .body
            .contains("RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2FAudit"),
        "{asked:?}"
    );
    assert!(
        asked[0].body.contains("ExternalId=shared%20words"),
        "{asked:?}"
    );
    assert!(
        asked[0].body.contains("RoleSessionName=history"),
        "{asked:?}"
    );
    assert!(signed_by(&asked[1], "AKIDROLE"), "{asked:?}");
    ask(&clients).await.unwrap();
    assert_eq!(server.asked().len(), 3, "the role's credentials are kept");
}

#[tokio::test]
async fn a_role_that_is_refused_is_told_in_the_words_of_sts() {
    let server = Server::start(|_, _| Answer::Body(403, DENIED.to_owned()));
    let error = ask(&clients(role(&server.url()))).await.unwrap_err();
    assert_eq!(error.kind(), AwsErrorKind::AccessDenied);
    assert_eq!(
        error.message(),
        "cannot list the workgroups: cannot assume the role: User x is not authorized to perform: \
         sts:AssumeRole (AccessDenied)"
    );
    assert!(server.asked().iter().all(is_sts));
}

#[tokio::test]
async fn a_role_is_assumed_anew_after_its_credentials_expired() {
    let server = Server::start(|asked, before| match (is_sts(asked), before) {
        (true, _) => Answer::Body(200, ASSUMED.to_owned()),
        (false, 1) => Answer::error(400, "ExpiredTokenException", "expired"),
        (false, _) => Answer::Body(200, "{}".to_owned()),
    });
    ask(&clients(role(&server.url()))).await.unwrap();
    let roles = server.asked().iter().filter(|asked| is_sts(asked)).count();
    assert_eq!(roles, 2);
}

#[tokio::test]
async fn a_missing_login_is_told_with_the_command() {
    for profile in ["login", "above"] {
        let clients = clients(settings(profile, "http://127.0.0.1:9"));
        // Twice: the SDK's own provider says something else the second time.
        for _ in 0..2 {
            let error = ask(&clients).await.unwrap_err();
            assert_eq!(error.kind(), AwsErrorKind::Credentials);
            assert_eq!(
                error.to_string(),
                "cannot list the workgroups: the AWS SSO login is missing or has expired; run `aws \
                 sso login --profile login`"
            );
            assert_eq!(error.remedy(), Some("run `aws sso login --profile login`"));
        }
    }
}

#[tokio::test]
async fn an_unknown_profile_is_told_with_those_there_are() {
    let clients = clients(settings("kyes", "http://127.0.0.1:9"));
    let error = ask(&clients).await.unwrap_err();
    assert_eq!(error.kind(), AwsErrorKind::Credentials);
    assert_eq!(
        error.to_string(),
        "the AWS profile kyes is not in ~/.aws/config or ~/.aws/credentials; profiles there: \
         above, empty, keys, login, process"
    );
}

#[tokio::test]
async fn a_profile_without_credentials_is_told_by_name() {
    let error = ask(&clients(settings("empty", "http://127.0.0.1:9")))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), AwsErrorKind::Credentials);
    assert!(
        error
            .message()
            .contains("the AWS profile empty gives no credentials"),
        "{error}"
    );
}

#[tokio::test]
async fn a_process_that_gives_no_credentials_is_told() {
    let error = ask(&clients(settings("process", "http://127.0.0.1:9")))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), AwsErrorKind::Credentials);
    assert!(error.message().contains("external process"), "{error}");
}
