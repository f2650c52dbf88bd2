//! What becomes of answers.

use std::time::{Duration, Instant};

use super::{
    clients,
    server::{Answer, Server},
    settings,
};
use crate::aws::{AwsClients, AwsError, AwsErrorKind, describe, retry_read};

const WORKGROUP: &str = r#"{"WorkGroup":{"Name":"primary"}}"#;

/// Reads a workgroup, as a use case does.
async fn read(clients: &AwsClients) -> Result<String, AwsError> {
    let athena = clients.athena().await?;
    let read = || athena.get_work_group().work_group("primary").send();
    let output = retry_read(clients, read)
        .await
        .map_err(|error| describe("read the workgroup primary", &error))?;
    Ok(output.work_group().unwrap().name().to_owned())
}

async fn refused(server: &Server) -> AwsError {
    read(&clients(settings("keys", &server.url())))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn an_answer_is_an_answer() {
    let server = Server::start(|_, _| Answer::Body(200, WORKGROUP.to_owned()));
    let clients = clients(settings("keys", &server.url()));
    assert_eq!(read(&clients).await.unwrap(), "primary");
    assert_eq!(clients.region().await.unwrap(), "eu-west-1");
}

#[tokio::test]
async fn a_denial_keeps_the_words_of_aws() {
    let said = "User: arn:aws:iam::1:user/x is not authorized to perform: athena:GetWorkGroup";
    let server = Server::start(move |_, _| Answer::error(400, "AccessDeniedException", said));
    let error = refused(&server).await;
    assert_eq!(error.kind(), AwsErrorKind::AccessDenied);
    assert_eq!(
        error.message(),
        format!("cannot read the workgroup primary: {said} (AccessDeniedException)")
    );
    assert_eq!(error.code(), Some("AccessDeniedException"));
    assert_eq!(server.asked().len(), 1, "a denial is final");
}

#[tokio::test]
async fn a_code_that_the_model_lacks_is_known() {
    let server = Server::start(|_, _| Answer::error(400, "ThrottlingException", "Rate exceeded"));
    let error = refused(&server).await;
    assert_eq!(error.kind(), AwsErrorKind::Throttled);
    assert_eq!(server.asked().len(), 2, "the SDK makes its attempts");
}

#[tokio::test]
async fn keys_that_are_not_accepted_are_about_credentials() {
    let said = "The security token included in the request is invalid.";
    let server = Server::start(move |_, _| Answer::error(400, "UnrecognizedClientException", said));
    let error = refused(&server).await;
    assert_eq!(error.kind(), AwsErrorKind::Credentials);
    assert!(error.message().contains(said), "{error}");
    assert!(error.remedy().is_some());
}

#[tokio::test]
async fn a_cut_answer_is_asked_for_three_times() {
    let server = Server::start(|_, _| Answer::Body(200, r#"{"WorkGroup":{"Na"#.to_owned()));
    let error = refused(&server).await;
    assert_eq!(error.kind(), AwsErrorKind::Unavailable);
    assert_eq!(
        error.message(),
        "cannot read the workgroup primary: the answer of AWS was cut short or cannot be read"
    );
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_cut_answer_is_mended_by_a_whole_one() {
    let server = Server::start(|_, before| {
        let body = if before == 0 { "{" } else { WORKGROUP };
        Answer::Body(200, body.to_owned())
    });
    let clients = clients(settings("keys", &server.url()));
    assert_eq!(read(&clients).await.unwrap(), "primary");
}

#[tokio::test]
async fn silence_ends_with_the_time_limit() {
    let server = Server::start(|_, _| Answer::Silence);
    let started = Instant::now();
    let error = refused(&server).await;
    assert!(started.elapsed() < Duration::from_secs(5), "{started:?}");
    assert_eq!(error.kind(), AwsErrorKind::Unavailable);
    assert!(
        error.message().ends_with("AWS did not answer in time"),
        "{error}"
    );
    assert_eq!(server.asked().len(), 2, "each attempt has its own limit");
}

#[tokio::test]
async fn nobody_there_is_told_with_the_reason() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let clients = clients(settings("keys", &format!("http://127.0.0.1:{port}")));
    let error = read(&clients).await.unwrap_err();
    assert_eq!(error.kind(), AwsErrorKind::Unavailable);
    assert!(error.message().contains("refused"), "{error}");
}

#[tokio::test]
async fn expired_credentials_are_looked_for_once_more() {
    let said = "The security token included in the request is expired";
    let server = Server::start(move |_, _| Answer::error(400, "ExpiredTokenException", said));
    let error = refused(&server).await;
    assert_eq!(error.kind(), AwsErrorKind::Credentials);
    assert!(error.message().contains("have expired"), "{error}");
    assert!(error.message().contains(said), "{error}");
    assert!(error.remedy().unwrap().contains("renew"), "{error}");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_bucket_of_an_endpoint_is_in_the_path() {
    let server = Server::start(|_, _| Answer::Body(200, "text".to_owned()));
    let clients = clients(settings("keys", &server.url_by_name()));
    let s3 = clients.s3().await.unwrap();
    s3.get_object()
        .bucket("lake")
        .key("a/b")
        .send()
        .await
        .unwrap();
    assert!(
        server.asked()[0].line.starts_with("GET /lake/a/b?"),
        "{:?}",
        server.asked()
    );
}

#[tokio::test]
async fn an_answer_without_a_body_is_read_by_its_status() {
    let server = Server::start(|_, _| Answer::Body(403, String::new()));
    let clients = clients(settings("keys", &server.url()));
    let s3 = clients.s3().await.unwrap();
    let error = s3.head_object().bucket("lake").key("a").send().await;
    let error = describe("look at a", &error.unwrap_err());
    assert_eq!(error.kind(), AwsErrorKind::AccessDenied, "{error}");
}
