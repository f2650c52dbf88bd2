//! Values that are delivered in several forms: texts as numbers, tags as an object or a list.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Text that may be delivered as a number, a boolean or null.
pub(super) struct LooseText(pub(super) Option<String>);

impl<'de> Deserialize<'de> for LooseText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = LooseText;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E>(self, text: &str) -> Result<LooseText, E> {
                Ok(LooseText(Some(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<LooseText, E> {
                Ok(LooseText(Some(text)))
            }

            fn visit_bool<E>(self, value: bool) -> Result<LooseText, E> {
                Ok(LooseText(Some(value.to_string())))
            }

            fn visit_i64<E>(self, value: i64) -> Result<LooseText, E> {
                Ok(LooseText(Some(value.to_string())))
            }

            fn visit_u64<E>(self, value: u64) -> Result<LooseText, E> {
                Ok(LooseText(Some(value.to_string())))
            }

            fn visit_f64<E>(self, value: f64) -> Result<LooseText, E> {
                Ok(LooseText(Some(value.to_string())))
            }

            fn visit_unit<E>(self) -> Result<LooseText, E> {
                Ok(LooseText(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<LooseText, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(LooseText(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LooseText, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(LooseText(None))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// What [`LooseText`] reads, read past.
pub(super) struct SkimmedText;

impl<'de> Deserialize<'de> for SkimmedText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = SkimmedText;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E>(self, _: &str) -> Result<SkimmedText, E> {
                Ok(SkimmedText)
            }

            fn visit_bool<E>(self, _: bool) -> Result<SkimmedText, E> {
                Ok(SkimmedText)
            }

            fn visit_i64<E>(self, _: i64) -> Result<SkimmedText, E> {
                Ok(SkimmedText)
            }

            fn visit_u64<E>(self, _: u64) -> Result<SkimmedText, E> {
                Ok(SkimmedText)
            }

            fn visit_f64<E>(self, _: f64) -> Result<SkimmedText, E> {
                Ok(SkimmedText)
            }

            fn visit_unit<E>(self) -> Result<SkimmedText, E> {
                Ok(SkimmedText)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<SkimmedText, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(SkimmedText)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SkimmedText, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(SkimmedText)
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// Tags as an object, or as a list of `{key, value}`.
#[derive(Default)]
pub(super) struct Tags(pub(super) Vec<(String, Option<String>)>);

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TagsVisitor;
        impl<'de> Visitor<'de> for TagsVisitor {
            type Value = Tags;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("tags")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tags, A::Error> {
                let mut tags = Vec::new();
                while let Some((key, LooseText(value))) = map.next_entry::<String, LooseText>()? {
                    tags.push((key, value));
                }
                Ok(Tags(tags))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tags, A::Error> {
                let mut tags = Vec::new();
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

            // Whether a file is damaged must not hang on whether its tags are read.
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
                Ok(serde_json::from_str(text).unwrap_or_default())
            }
        }
        deserializer.deserialize_any(TagsVisitor)
    }
}
