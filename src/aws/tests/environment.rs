//! What the environment decides. Each test runs itself again as a process with an environment of
//! its own: a process's own environment cannot be changed while other tests run.

use std::{
    io,
    process::Command,
    sync::{Arc, Mutex},
};

use tracing_subscriber::fmt::MakeWriter;

use super::{
    server::{Answer, Server},
    settings,
};
use crate::aws::{AwsClients, AwsEnvironment, AwsErrorKind, AwsSettings};

/// Set in the process that a test starts.
const WITHIN: &str = "CONFIG_HISTORY_TEST_WITHIN";

/// Returns `true` in a process with this environment and nothing else. Elsewhere it starts that
/// process, sees that it passed, and returns `false`.
fn within(test: &str, environment: &[(&str, &str)]) -> bool {
    if lookup(WITHIN).is_some() {
        return true;
    }
    let nowhere = "/nonexistent";
    let output = Command::new(std::env::current_exe().unwrap())
        .env_clear()
        .env("HOME", nowhere)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env(WITHIN, "1")
        .envs(environment.iter().copied())
        .args([&format!("aws::tests::environment::{test}"), "--exact"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{said}");
    false
}

#[expect(
    clippy::disallowed_methods,
    reason = "stands for the program's front, which reads the environment"
)]
fn lookup(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn from_environment(region: Option<&str>, endpoint: &str) -> AwsSettings {
    AwsSettings {
        region: region.map(str::to_owned),
        endpoint_url: Some(endpoint.to_owned()),
        environment: AwsEnvironment::read(lookup),
        ..AwsSettings::default()
    }
}

/// A file of profiles, so that the SDK finds it where the environment says.
fn config_file() -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), super::CONFIG).unwrap();
    file
}

/// Makes a call and returns who signed it and what the log warned of.
async fn signed(settings: impl FnOnce(&str) -> AwsSettings) -> (String, String) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_max_level(tracing::Level::WARN)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = Server::start(|_, _| Answer::Body(200, "{}".to_owned()));
    let clients = AwsClients::new(settings(&server.url()));
    let athena = clients.athena().await.unwrap();
    athena.list_work_groups().send().await.unwrap();
    let head = server.asked()[0].head.clone();
    let key = head.split("Credential=").nth(1).unwrap();
    (key.split('/').next().unwrap().to_owned(), log.text())
}

#[tokio::test]
async fn no_region_is_told_with_the_remedies() {
    if !within("no_region_is_told_with_the_remedies", &[]) {
        return;
    }
    let clients = AwsClients::new(from_environment(None, "http://127.0.0.1:9"));
    let error = clients.athena().await.unwrap_err();
    assert_eq!(error.kind(), AwsErrorKind::Region);
    assert_eq!(
        error.to_string(),
        "no AWS Region is set; pass --aws-region, set AWS_REGION or run `aws configure set region`"
    );
}

#[tokio::test]
async fn no_credentials_at_all_are_told() {
    if !within(
        "no_credentials_at_all_are_told",
        &[("AWS_REGION", "eu-west-1")],
    ) {
        return;
    }
    let clients = AwsClients::new(from_environment(None, "http://127.0.0.1:9"));
    let athena = clients.athena().await.unwrap();
    let error = athena.list_work_groups().send().await.unwrap_err();
    let error = crate::aws::describe("list the workgroups", &error);
    assert_eq!(error.kind(), AwsErrorKind::Credentials);
    assert_eq!(
        error.message(),
        "cannot list the workgroups: no AWS credentials were found"
    );
}

#[tokio::test]
async fn a_profile_of_a_flag_beats_keys() {
    let config = config_file();
    let environment = [
        ("AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_CONFIG_FILE", config.path().to_str().unwrap()),
    ];
    if !within("a_profile_of_a_flag_beats_keys", &environment) {
        return;
    }
    let (key, log) = signed(|url| AwsSettings {
        environment: AwsEnvironment::read(lookup),
        ..settings("keys", url)
    })
    .await;
    assert_eq!(key, "AKIDPROFILE");
    assert!(
        log.contains("AWS_ACCESS_KEY_ID is set but passed over"),
        "{log}"
    );
}

#[tokio::test]
async fn keys_beat_a_profile_of_the_environment_and_the_log_says_so() {
    let config = config_file();
    let environment = [
        ("AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_CONFIG_FILE", config.path().to_str().unwrap()),
        ("AWS_PROFILE", "keys"),
    ];
    let test = "keys_beat_a_profile_of_the_environment_and_the_log_says_so";
    if !within(test, &environment) {
        return;
    }
    let (key, log) = signed(|url| from_environment(Some("eu-west-1"), url)).await;
    assert_eq!(key, "AKIDENVIRONMENT");
    assert!(log.contains("AWS_PROFILE=keys is passed over"), "{log}");
}

#[tokio::test]
async fn a_profile_of_the_environment_signs_and_a_wrong_one_is_told() {
    let config = config_file();
    let environment = [
        ("AWS_CONFIG_FILE", config.path().to_str().unwrap()),
        ("AWS_PROFILE", "keys"),
    ];
    let test = "a_profile_of_the_environment_signs_and_a_wrong_one_is_told";
    if !within(test, &environment) {
        return;
    }
    let (key, log) = signed(|url| from_environment(Some("eu-west-1"), url)).await;
    assert_eq!(key, "AKIDPROFILE");
    assert!(!log.contains("passed over"), "{log}");
    let mut wrong = from_environment(Some("eu-west-1"), "http://127.0.0.1:9");
    wrong.environment.profile = Some("kyes".to_owned());
    let error = AwsClients::new(wrong).athena().await.unwrap_err();
    assert!(
        error.message().contains("the AWS profile kyes is not in"),
        "{error}"
    );
}

#[tokio::test]
async fn an_endpoint_of_the_environment_puts_buckets_in_the_path() {
    let environment = [
        ("AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL_S3", "http://localhost:9"),
    ];
    let test = "an_endpoint_of_the_environment_puts_buckets_in_the_path";
    if !within(test, &environment) {
        return;
    }
    let clients = AwsClients::new(AwsSettings::default());
    assert!(clients.loaded().await.unwrap().has_s3_endpoint());
}

/// A log in memory.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
