//! The `--type` filter: a resource type, exact or with a trailing `*`.

use std::{fmt, str::FromStr};

use super::InvalidValue;

/// A resource type as a user names it: `AWS::EC2::Instance`, or `AWS::EC2::*`. Compared without
/// regard to ASCII case, because nobody remembers `AWS::Lambda` against `AWS::LAMBDA`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TypePattern {
    text: String,
    prefix: bool,
}

impl TypePattern {
    /// Returns the type, or what it begins with.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Says whether the text is only the beginning of the types that are meant.
    pub fn is_prefix(&self) -> bool {
        self.prefix
    }

    /// Says whether `resource_type` is meant.
    pub fn matches(&self, resource_type: &str) -> bool {
        if self.prefix {
            resource_type
                .get(..self.text.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(&self.text))
        } else {
            resource_type.eq_ignore_ascii_case(&self.text)
        }
    }
}

impl FromStr for TypePattern {
    type Err = InvalidValue;

    fn from_str(pattern: &str) -> Result<Self, Self::Err> {
        let text = pattern.strip_suffix('*').unwrap_or(pattern);
        if pattern.is_empty() || text.contains('*') || pattern.chars().any(char::is_whitespace) {
            return Err(InvalidValue::new(
                "resource type",
                pattern,
                "a type such as AWS::EC2::Instance, or a prefix such as AWS::EC2::*",
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            prefix: text.len() < pattern.len(),
        })
    }
}

impl fmt::Display for TypePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, if self.prefix { "*" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_prefix_and_case() {
        let exact: TypePattern = "aws::ec2::instance".parse().unwrap();
        assert!(exact.matches("AWS::EC2::Instance"));
        assert!(!exact.matches("AWS::EC2::InstanceConnect"));
        let prefix: TypePattern = "AWS::EC2::*".parse().unwrap();
        assert!(prefix.matches("AWS::EC2::VPC"));
        assert!(!prefix.matches("AWS::ECS::Service"));
        assert!(
            "*".parse::<TypePattern>()
                .unwrap()
                .matches("Azure::Compute::VM")
        );
        assert!("AWS::*::Instance".parse::<TypePattern>().is_err());
    }
}
