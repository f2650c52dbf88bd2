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
        deserializer.deserialize_any(TagsVisitor::<true>)
    }
}

/// What [`Tags`] reads, read past.
pub(super) struct SkimmedTags;

impl<'de> Deserialize<'de> for SkimmedTags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TagsVisitor::<false>)?;
        Ok(Self)
    }
}

/// Takes the same forms, and fails at the same, whether tags are read or read past: whether a file is
/// damaged must not hang on it.
struct TagsVisitor<const READS: bool>;

impl<'de, const READS: bool> Visitor<'de> for TagsVisitor<READS> {
    type Value = Tags;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tags")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tags, A::Error> {
        let mut tags = Vec::new();
        if !READS {
            while map.next_entry::<SkimmedText, SkimmedText>()?.is_some() {}
            return Ok(Tags(tags));
        }
        while let Some((key, LooseText(value))) = map.next_entry::<String, LooseText<'_>>()? {
            tags.push((key, value.map(Cow::into_owned)));
        }
        Ok(Tags(tags))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tags, A::Error> {
        let mut tags = Vec::new();
        if !READS {
            while seq.next_element::<SkimmedTags>()?.is_some() {}
            return Ok(Tags(tags));
        }
        while let Some(Tags(pair)) = seq.next_element()? {
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
        if READS {
            return Ok(serde_json::from_str(text).unwrap_or_default());
        }
        Ok(Tags::default())
    }
}
