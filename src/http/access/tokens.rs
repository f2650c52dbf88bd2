//! Tokens that the operator gives out, each with the name of its bearer.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use thiserror::Error;

/// Characters of a token at least: what is shorter is guessed.
const SHORTEST: usize = 24;
/// Characters of a name at most.
const LONGEST_NAME: usize = 64;

/// Why tokens cannot be used. No message shows a token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidTokens {
    /// A line has no name.
    #[error("line {line}: write NAME=TOKEN, the name of letters, digits, `.`, `_`, `-` or `@`")]
    NoName {
        /// The line, from 1.
        line: usize,
    },
    /// A token can be guessed.
    #[error(
        "the token of {name} has fewer than {SHORTEST} characters or more than letters, digits and \
         -._~+/=: make one with `openssl rand -hex 32`"
    )]
    Weak {
        /// Whose token.
        name: String,
    },
    /// Two tokens are the same, or two bearers have one name.
    #[error("{name} stands there twice, or shares its token with another")]
    Twice {
        /// Whose token.
        name: String,
    },
}

/// Tokens, each with the name of its bearer. Only their hashes are kept.
#[derive(Default, Clone)]
pub struct Tokens(Vec<(String, [u8; 32])>);

impl Tokens {
    /// Reads tokens, `NAME=TOKEN` a line or between commas; lines that begin with `#` say nothing.
    pub fn parse(text: &str) -> Result<Self, InvalidTokens> {
        let mut tokens = Self::default();
        for (at, line) in text.lines().enumerate() {
            if line.trim_start().starts_with('#') {
                continue;
            }
            for part in line
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
            {
                let (name, token) = part
                    .split_once('=')
                    .map(|(name, token)| (name.trim(), token.trim()))
                    .filter(|(name, _)| is_name(name))
                    .ok_or(InvalidTokens::NoName { line: at + 1 })?;
                tokens.add(name, token)?;
            }
        }
        Ok(tokens)
    }

    /// Adds other tokens.
    pub fn with(mut self, others: Self) -> Result<Self, InvalidTokens> {
        for (name, hash) in others.0 {
            self.add_hash(name, hash)?;
        }
        Ok(self)
    }

    fn add(&mut self, name: &str, token: &str) -> Result<(), InvalidTokens> {
        let is_strong = token.len() >= SHORTEST && token.chars().all(is_token_char);
        if !is_strong {
            return Err(InvalidTokens::Weak {
                name: name.to_owned(),
            });
        }
        self.add_hash(name.to_owned(), hash(token))
    }

    fn add_hash(&mut self, name: String, hash: [u8; 32]) -> Result<(), InvalidTokens> {
        if self
            .0
            .iter()
            .any(|(known, of)| *known == name || *of == hash)
        {
            return Err(InvalidTokens::Twice { name });
        }
        self.0.push((name, hash));
        Ok(())
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the bearer of a token. Takes as long for one token as for another.
    pub(super) fn name_of(&self, token: &str) -> Option<&str> {
        let hash = hash(token);
        let mut found = None;
        for (name, known) in &self.0 {
            let same: Choice = known.ct_eq(&hash);
            if same.into() {
                found = Some(name.as_str());
            }
        }
        found
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

fn is_name(name: &str) -> bool {
    let is_char = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(is_char)
}

/// Characters of a bearer token (RFC 6750).
fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~+/=".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0123456789abcdef01234567";
    const B: &str = "0123456789abcdef01234568";

    #[test]
    fn tokens_are_named_a_line_or_between_commas() {
        let text = format!("# who may ask\nteam-a = {A}\n\n ops@example.com={B},\n");
        let tokens = Tokens::parse(&text).unwrap();
        assert_eq!(tokens.name_of(A), Some("team-a"));
        assert_eq!(tokens.name_of(B), Some("ops@example.com"));
        assert_eq!(tokens.name_of(""), None);
        assert_eq!(tokens.name_of(A.trim_end_matches('7')), None);
        assert!(Tokens::parse(&format!("a={A},b={B}")).is_ok());
        assert!(Tokens::parse("").unwrap().is_empty());
        assert!(!format!("{tokens:?}").contains("abcdef"));
    }

    #[test]
    fn what_could_be_guessed_or_confused_is_refused_without_being_shown() {
        for text in [
            A.to_owned(),
            format!("={A}"),
            format!("two words={A}"),
            "a=short-secret".to_owned(),
            format!("a={A} {A}"),
            format!("a={A}\nb={A}"),
            format!("a={A}\na={B}"),
        ] {
            let refused = Tokens::parse(&text).unwrap_err().to_string();
            assert!(
                !refused.contains("secret") && !refused.contains(A),
                "{refused}"
            );
        }
        let a = Tokens::parse(&format!("a={A}")).unwrap();
        assert!(a.clone().with(a).is_err());
    }
}
