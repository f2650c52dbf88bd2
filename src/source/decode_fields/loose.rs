//! Values that are delivered in several forms: texts as numbers, tags as an object or a list.

use std::{
    borrow::Cow,
    fmt::{self, Display},
    marker::PhantomData,
};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Text that may be delivered as a number, a boolean or null.
pub(super) struct LooseText<'t>(pub(super) Option<Cow<'t, str>>);

impl<'t> OfText<'t> for LooseText<'t> {
    const NOTHING: Self = Self(None);

    fn lasting(text: &'t str) -> Self {
        Self(Some(text.into()))
    }

    fn passing(text: &str) -> Self {
        Self(Some(text.to_owned().into()))
    }

    fn scalar(value: impl Display) -> Self {
        Self(Some(value.to_string().into()))
    }
}

impl<'de> Deserialize<'de> for LooseText<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor(PhantomData))
    }
}

/// What [`LooseText`] reads, read past.
pub(super) struct SkimmedText;

impl OfText<'_> for SkimmedText {
    const NOTHING: Self = Self;

    fn lasting(_: &str) -> Self {
        Self
    }

    fn passing(_: &str) -> Self {
        Self
    }

    fn scalar(_: impl Display) -> Self {
        Self
    }
}

impl<'de> Deserialize<'de> for SkimmedText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor(PhantomData))
    }
}

/// What is made of a text, in whatever form it is delivered.
trait OfText<'t> {
    /// Of null, and of what is no scalar.
    const NOTHING: Self;

    /// Of a text that lasts as long as the file: it stands there as it is.
    fn lasting(text: &'t str) -> Self;

    /// Of a text that is gone with the call: it was unescaped, or the file is a stream.
    fn passing(text: &str) -> Self;

    fn scalar(value: impl Display) -> Self;
}

/// Takes the same forms, and fails at the same, whatever is made of them.
struct TextVisitor<T>(PhantomData<T>);

impl<'de, T: OfText<'de>> Visitor<'de> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<T, E> {
        Ok(T::lasting(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::passing(text))
    }

    fn visit_bool<E>(self, value: bool) -> Result<T, E> {
        Ok(T::scalar(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<T, E> {
        Ok(T::scalar(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<T, E> {
        Ok(T::scalar(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<T, E> {
        Ok(T::scalar(value))
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::NOTHING)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(T::NOTHING)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(T::NOTHING)
    }
}

/// Tags as an object, or as a list of `{key, value}`.
#[derive(Default)]
pub(super) struct Tags(pub(super) Vec<(String, Option<String>)>);

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TagsVisitor::<ALL>)
    }
}

/// One tag that says nothing where there are [`Tags`], which are read past.
pub(super) struct OneTag(pub(super) Vec<(String, Option<String>)>);

impl<'de> Deserialize<'de> for OneTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tags(mut tags) = deserializer.deserialize_any(TagsVisitor::<1>)?;
        if let Some(first) = tags.first_mut() {
            *first = Default::default();
            tags.truncate(1);
        }
        Ok(Self(tags))
    }
}

/// What [`Tags`] reads, read past.
pub(super) struct SkimmedTags;

impl<'de> Deserialize<'de> for SkimmedTags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TagsVisitor::<0>)?;
        Ok(Self)
    }
}

/// Takes the same forms, and fails at the same, however many tags are wanted: whether a file is damaged
/// must not hang on it.
struct TagsVisitor<const MOST: usize>;

const ALL: usize = usize::MAX;

impl<'de, const MOST: usize> Visitor<'de> for TagsVisitor<MOST> {
    type Value = Tags;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tags")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tags, A::Error> {
        let mut tags = Vec::new();
        if MOST < ALL {
            while map.next_entry::<SkimmedText, SkimmedText>()?.is_some() {
                if tags.len() < MOST {
                    tags.push(Default::default());
                }
            }
            return Ok(Tags(tags));
        }
        while let Some((key, LooseText(value))) = map.next_entry::<String, LooseText<'_>>()? {
            tags.push((key, value.map(Cow::into_owned)));
        }
        Ok(Tags(tags))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tags, A::Error> {
        let mut tags = Vec::new();
        while tags.len() < MOST {
            let Some(Tags(pair)) = seq.next_element()? else {
                return Ok(Tags(tags));
            };
            let part = |wanted: [&str; 2]| {
                let of = |(key, _): &&(String, _)| {
                    wanted.iter().any(|name| name.eq_ignore_ascii_case(key))
                };
                pair.iter().find(of).and_then(|(_, value)| value.clone())
            };
            if let Some(key) = part(["key", "tagName"]) {
                tags.push((key, part(["value", "tagValue"])));
            }
        }
        while seq.next_element::<SkimmedTags>()?.is_some() {}
        Ok(Tags(tags))
    }

    fn visit_unit<E>(self) -> Result<Tags, E> {
        Ok(Tags::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tags, E> {
        Ok(Tags::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tags, E> {
        Ok(Tags::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tags, E> {
        Ok(Tags::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tags, E> {
        Ok(Tags::default())
    }

    fn visit_str<E>(self, text: &str) -> Result<Tags, E> {
        if MOST > 0 {
            return Ok(serde_json::from_str(text).unwrap_or_default());
        }
        Ok(Tags::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_tags_are_wanted_the_same_forms_are_taken() {
        for (text, count) in [
            (r#"{"a":"1","b":null,"c":{"odd":[1]}}"#, Some(3)),
            ("{}", Some(0)),
            (r#"[{"key":"a","value":"1"},{"tagName":"b"}]"#, Some(2)),
            (r#"[{"other":"a"},{"Key":"b","Value":2}]"#, Some(1)),
            (r#"[{"other":"a"},null,7]"#, Some(0)),
            ("[]", Some(0)),
            (r#""{\"a\":\"1\",\"b\":\"2\"}""#, Some(2)),
            (r#""no tags""#, Some(0)),
            ("null", Some(0)),
            ("1.5", Some(0)),
            (r#"{"a":"\ud800"}"#, None),
            (r#"{"a":"1","\ud800":"2"}"#, None),
            (r#"[{"key":"a"},{"key":"\ud800"}]"#, None),
            (r#"{"a":"1","b"}"#, None),
        ] {
            let all = serde_json::from_str::<Tags>(text);
            let one = serde_json::from_str::<OneTag>(text);
            let none = serde_json::from_str::<SkimmedTags>(text);
            assert_eq!(none.is_ok(), count.is_some(), "{text}");
            let (Ok(Tags(all)), Ok(OneTag(one)), Some(count)) = (&all, &one, count) else {
                assert!(all.is_err() && one.is_err() && count.is_none(), "{text}");
                continue;
            };
            assert_eq!(all.len(), count, "{text}");
            assert_eq!(one.len(), count.min(1), "{text}");
        }
    }
}
