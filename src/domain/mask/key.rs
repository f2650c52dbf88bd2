//! Keys that name a secret.

use super::rules::RULES;

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
    let words = spaced(key);
    let Some(end) = term_end(&words) else {
        return false;
    };
    let mut behind = words
        .get(end..)
        .unwrap_or_default()
        .split_ascii_whitespace();
    !behind.any(|word| RULES.neutral.contains(word)) && !RULES.harmless.contains(&bare(&words))
}

/// Says whether a member stays readable below a key that names a secret.
pub(super) fn is_reference_member(key: &str) -> bool {
    let words = spaced(key);
    RULES.reference_members.contains(&bare(&words))
        || term_end(&words).is_some() && !names_secret(key)
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
