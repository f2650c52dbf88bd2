//! Values that are no secret, whatever their key: references, modes, times, what AWS redacted.

use super::mark::is_mark;
use super::rules::RULES;

/// Says whether a value need not be masked even where everything is: it is empty, masked or
/// redacted already, or a reference to where the secret is kept.
pub(super) fn is_open(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || is_mark(text) || is_redacted(text) || is_arn(text) || is_placeholder(text)
}

/// Says whether a value under a key that names a secret is a setting.
pub(super) fn is_setting(text: &str) -> bool {
    let text = text.trim();
    is_open(text)
        || text.len() <= 24 && RULES.setting_values.contains(&text.to_ascii_lowercase())
        || is_time(text)
}

fn is_redacted(text: &str) -> bool {
    let core = text.trim_matches(['<', '>', '[', ']', '(', ')', '*', '"']);
    core.is_empty()
        || core.eq_ignore_ascii_case("redacted")
        || core == "HIDDEN_DUE_TO_SECURITY_REASONS"
}

/// Says whether a text is an Amazon Resource Name.
pub(super) fn is_arn(text: &str) -> bool {
    text.len() <= 2048
        && text.starts_with("arn:aws")
        && text.split(':').take(6).count() == 6
        && !text.contains(|char: char| char.is_whitespace() || matches!(char, '=' | '"' | ';'))
}

/// `{{resolve:…}}`, `${NAME}`, `$(command)`, `$NAME`, `<name>`, `%s`: where a value will be put.
pub(super) fn is_placeholder(text: &str) -> bool {
    let inside = |start: &str, end: &str| {
        let inner = text
            .strip_prefix(start)
            .and_then(|rest| rest.strip_suffix(end));
        inner.is_some_and(|inner| {
            let named = |char: char| char.is_alphanumeric() || " _-.:/!@()$".contains(char);
            inner.len() <= 512 && inner.chars().all(named)
        })
    };
    inside("{{", "}}")
        || inside("${", "}")
        || inside("$(", ")")
        || inside("<", ">")
        || text == "%s"
        || text.strip_prefix('$').is_some_and(|name| {
            let upper =
                |byte: u8| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit();
            name.bytes()
                .next()
                .is_some_and(|first| !first.is_ascii_digit())
                && name.bytes().all(upper)
        })
}

/// `2026-02-13T06:02:31.556Z`, `2026-02-13 06:02`, `Feb 13, 2026 6:04:53 AM`.
fn is_time(text: &str) -> bool {
    let shape: String = text
        .chars()
        .take(41)
        .map(|char| if char.is_ascii_digit() { '0' } else { char })
        .collect();
    if shape.len() > 40 {
        return false;
    }
    if shape == "0000-00-00" {
        return true;
    }
    if let Some(rest) = shape.strip_prefix("0000-00-00") {
        return rest.starts_with(['T', ' '])
            && rest.get(1..).is_some_and(|time| time.starts_with("00:00"))
            && rest.bytes().all(|byte| b"T 0:.+-Z".contains(&byte));
    }
    let mut words = shape.split(' ');
    let is_month =
        |word: &str| word.len() == 3 && "JanFebMarAprMayJunJulAugSepOctNovDec".contains(word);
    words.next().is_some_and(is_month)
        && matches!(words.next(), Some("0," | "00,"))
        && words.next() == Some("0000")
        && words.all(|word| matches!(word, "AM" | "PM") || word.bytes().all(|b| b"0:".contains(&b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings() {
        for text in [
            "",
            " ",
            "<REDACTED>",
            "****",
            "REDACTED",
            "«masked:00aaff»",
            "true",
            "required",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf",
            "2026-02-13T06:02:31.556Z",
            "Feb 13, 2026 6:04:53 AM",
            "2024-01-31",
            "{{resolve:secretsmanager:prod/db:SecretString:password}}",
            "${DB_PASSWORD}",
            "$TOKEN",
            "2026-02-13T06:02:31.556+0000",
        ] {
            assert!(is_setting(text), "{text}");
        }
    }

    #[test]
    fn no_settings() {
        for text in [
            "hunter2",
            "arn:aws:hunter2",
            "$ecret",
            "2026-02-13hunter2",
            "«masked:00aaff»x",
            "arn:aws:a:b:c:d password=x",
            "12345678",
            "Feb",
            "x****",
        ] {
            assert!(!is_setting(text), "{text}");
        }
    }
}
