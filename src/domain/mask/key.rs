//! Keys that name a secret.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use super::{rules::RULES, text, walk::Walk};

/// Keys whose facts are kept at most; bodies have few that differ.
const KNOWN_KEYS: usize = 4_096;
/// Bytes of the longest key whose facts are kept.
const LONGEST_KNOWN: usize = 64;

/// What the words of a key say.
#[derive(Debug)]
pub(super) struct KeyFacts {
    /// The words without the blanks between them.
    pub(super) bare: String,
    /// Whether the value under it is a secret by the key's words.
    names_secret: bool,
    /// Whether it stays readable below a key that names a secret.
    is_reference_member: bool,
    /// Whether it is a plain word in which nothing is to be masked.
    pub(super) is_plain: bool,
}

/// Returns what the words of a key say. The same few keys come again in every body.
pub(super) fn facts(key: &str) -> Rc<KeyFacts> {
    thread_local! {
        static KNOWN: RefCell<HashMap<String, Rc<KeyFacts>>> = RefCell::default();
    }
    if key.len() > LONGEST_KNOWN {
        return Rc::new(KeyFacts::of(key));
    }
    if let Some(known) = KNOWN.with_borrow(|known| known.get(key).cloned()) {
        return known;
    }
    let facts = Rc::new(KeyFacts::of(key));
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= KNOWN_KEYS {
            known.clear();
        }
        known.insert(key.to_owned(), facts.clone());
    });
    facts
}

impl KeyFacts {
    fn of(key: &str) -> Self {
        let words = spaced(key);
        let bare = bare(&words);
        let term = term_end(&words);
        let names_secret = term.is_some_and(|end| {
            let behind = words.get(end..).unwrap_or_default();
            let mut behind = behind.split_ascii_whitespace();
            !behind.any(|word| RULES.neutral.contains(word)) && !RULES.harmless.contains(&bare)
        });
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        Self {
            is_reference_member: RULES.reference_members.contains(&bare)
                || term.is_some() && !names_secret,
            names_secret,
            // A place that decodes less finds less in a word.
            is_plain: key.chars().all(is_word)
                && text::masked(key, &Walk::new(Vec::new())).is_none(),
            bare,
        }
    }
}

/// Splits a key into words in lower case, each with one blank behind, one before the first:
/// `DBPassword1` is ` db password 1 `.
pub(super) fn spaced(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 8);
    out.push(' ');
    let mut before = ' ';
    let mut chars = key.chars().peekable();
    while let Some(char) = chars.next() {
        if !char.is_alphanumeric() && char != 'ー' {
            if !out.ends_with(' ') {
                out.push(' ');
            }
            before = ' ';
            continue;
        }
        let next_is_small = chars.peek().is_some_and(char::is_ascii_lowercase);
        let capital = char.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && next_is_small));
        let digit = char.is_ascii_digit() != before.is_ascii_digit();
        if (capital || digit) && !out.ends_with(' ') {
            out.push(' ');
        }
        out.extend(char.to_lowercase());
        before = char;
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

/// Takes the blanks out.
pub(super) fn bare(spaced: &str) -> String {
    spaced.split(' ').collect()
}

/// Says whether the value under a key is a secret by the key's words.
pub(super) fn names_secret(key: &str) -> bool {
    facts(key).names_secret
}

/// Says whether a member stays readable below a key that names a secret.
pub(super) fn is_reference_member(key: &str) -> bool {
    facts(key).is_reference_member
}

/// Returns where the last term ends.
fn term_end(words: &str) -> Option<usize> {
    let mut ends = words.rmatch_indices(' ').map(|(at, _)| at + 1);
    ends.find(|&end| {
        let head = words.get(..end).unwrap_or_default();
        RULES.terms.iter().any(|term| head.ends_with(term.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_keys() {
        for (key, words) in [
            ("DBPassword", " db password "),
            ("db_password", " db password "),
            ("MASTER-PASSWORD", " master password "),
            ("githubToken", " github token "),
            ("APIKey2", " api key 2 "),
            ("aws:x/y", " aws x y "),
            ("", " "),
            ("パスワード", " パスワード "),
        ] {
            assert_eq!(spaced(key), words);
        }
    }

    #[test]
    fn keys_that_name_a_secret() {
        for key in [
            "password",
            "DBPassword",
            "db_password",
            "MASTER-PASSWORD",
            "githubToken",
            "PGPASSWORD",
            "masterUserPassword",
            "passwd",
            "pwd",
            "DB_PASS",
            "passphrase",
            "secret",
            "clientSecret",
            "client_secret",
            "apiKey",
            "API_KEY",
            "apikey",
            "x-api-key",
            "AccessKey",
            "aws_secret_access_key",
            "secretKey",
            "privateKey",
            "PRIVATE_KEY",
            "credentials",
            "dbCredential",
            "authToken",
            "AUTH_TOKEN",
            "preSharedKey",
            "psk",
            "connectionString",
            "Authorization",
            "slackWebhookUrl",
            "SLACK_WEBHOOK_URL",
            "password1",
            "DB_PASSWORD_PROD",
            "token",
            "OAuthToken",
            "AccountKey",
            "SharedAccessKey",
            "/prod/db/password",
            "DBパスワード",
            "SecretString",
        ] {
            assert!(names_secret(key), "{key}");
        }
    }

    #[test]
    fn keys_about_secrets() {
        for key in [
            "secretArn",
            "SecretARN",
            "passwordLastUsed",
            "passwordLastChanged",
            "PasswordPolicy",
            "minimumPasswordLength",
            "maxPasswordAge",
            "passwordReusePrevention",
            "keyName",
            "PublicKey",
            "NextToken",
            "clientToken",
            "kmsKeyId",
            "tokenValidityUnits",
            "AccessTokenValidity",
            "masterUserSecret",
            "secretsManagerAccessRoleArn",
            "httpTokens",
            "accessKeyId",
            "authorizationType",
            "iamDatabaseAuthenticationEnabled",
            "secretStatus",
            "token.actions.githubusercontent.com:sub",
            "aws:TokenIssueTime",
            "tokenEndpoint",
            "credentialsParameter",
            "imagePullCredentialsType",
            "secretOptions",
            "passRole",
            "monkey",
            "Environment",
            "key",
            "author",
            "keyFingerprint",
            "codeSha256",
            "RotationEnabled",
            "passthroughBehavior",
            "compass",
        ] {
            assert!(!names_secret(key), "{key}");
        }
    }
}
