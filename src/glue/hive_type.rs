//! Column types as the Glue Data Catalog writes them: `array<struct<a:string,b:map<string,int>>>`.

use std::fmt;

/// A type of a column or field. Names of fields are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HiveType {
    /// `string`, `bigint`, `decimal(10,2)`, ….
    Scalar(String),
    /// `array<…>`.
    Array(Box<Self>),
    /// `map<…,…>`.
    Map(Box<Self>, Box<Self>),
    /// `struct<name:type,…>`.
    Struct(Vec<(String, Self)>),
}

impl HiveType {
    /// Reads a type; `None` for one that is not well formed.
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (parsed, rest) = Self::read(&plain)?;
        rest.is_empty().then_some(parsed)
    }

    /// Returns the type of a struct's field.
    pub fn field(&self, name: &str) -> Option<&Self> {
        let Self::Struct(fields) = self else {
            return None;
        };
        fields
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, of)| of)
    }

    fn read(text: &str) -> Option<(Self, &str)> {
        let end = text.find(['<', '>', ',']).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        let name = name.to_ascii_lowercase();
        match (name.as_str(), rest.strip_prefix('<')) {
            ("array", Some(rest)) => {
                let (of, rest) = Self::read(rest)?;
                Some((Self::Array(Box::new(of)), rest.strip_prefix('>')?))
            }
            ("map", Some(rest)) => {
                let (key, rest) = Self::read(rest)?;
                let (value, rest) = Self::read(rest.strip_prefix(',')?)?;
                let of = Self::Map(Box::new(key), Box::new(value));
                Some((of, rest.strip_prefix('>')?))
            }
            ("struct", Some(rest)) => Self::read_fields(rest),
            (_, Some(_)) | ("", _) => None,
            _ => Self::read_scalar(name, rest),
        }
    }

    /// A scalar may have arguments with a comma in them: `decimal(10,2)`.
    fn read_scalar(name: String, rest: &str) -> Option<(Self, &str)> {
        if !name.contains('(') || name.ends_with(')') {
            return Some((Self::Scalar(name), rest));
        }
        let (arguments, rest) = rest.split_once(')')?;
        Some((Self::Scalar(format!("{name}{arguments})")), rest))
    }

    fn read_fields(mut text: &str) -> Option<(Self, &str)> {
        let mut fields = Vec::new();
        loop {
            let (name, rest) = text.split_once(':')?;
            let (of, rest) = Self::read(rest)?;
            fields.push((name.to_ascii_lowercase(), of));
            if let Some(rest) = rest.strip_prefix('>') {
                return Some((Self::Struct(fields), rest));
            }
            text = rest.strip_prefix(',')?;
        }
    }
}

impl fmt::Display for HiveType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(name) => f.write_str(name),
            Self::Array(of) => write!(f, "array<{of}>"),
            Self::Map(key, value) => write!(f, "map<{key},{value}>"),
            Self::Struct(fields) => {
                f.write_str("struct<")?;
                for (at, (name, of)) in fields.iter().enumerate() {
                    let comma = if at > 0 { "," } else { "" };
                    write!(f, "{comma}{name}:{of}")?;
                }
                f.write_str(">")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_and_write() {
        for text in [
            "string",
            "decimal(10,2)",
            "array<struct<a:string,b:map<string,decimal(3,1)>,c:array<int>>>",
        ] {
            assert_eq!(HiveType::parse(text).unwrap().to_string(), text);
        }
        let loose = HiveType::parse("ARRAY<STRUCT<resourceType : STRING>>").unwrap();
        assert_eq!(loose.to_string(), "array<struct<resourcetype:string>>");
    }

    #[test]
    fn what_is_no_type() {
        for text in [
            "",
            "array<",
            "array<int",
            "struct<a>",
            "map<int>",
            "int>",
            "array<int>>",
        ] {
            assert_eq!(HiveType::parse(text), None, "{text}");
        }
    }
}
