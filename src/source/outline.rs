//! Where the fields of items stand in a file as AWS Config writes it: one object on one line, tags
//! that are texts, whole numbers. A look over the whole file that makes nothing of it; what is written
//! in any other way (by hand, by a notification, by the API) is for the parser of [`super::decode`].

use super::{decode_fields::Key, skip::Skipper};

/// Where the items of a file stand.
#[derive(Default)]
pub(super) struct Outline {
    places: Vec<Place>,
    /// Where the places of each item end.
    ends: Vec<usize>,
}

/// Where the value of a field stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) key: Key,
    start: u32,
    end: u32,
}

impl Place {
    /// Returns the value's text.
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

impl Outline {
    /// Looks over a file. Says whether it is one delivery as AWS Config writes it, all of it JSON; if
    /// not, nothing is known.
    pub(super) fn look_over(&mut self, text: &str) -> bool {
        self.places.clear();
        self.ends.clear();
        // White space as JSON has it.
        let text = text.trim_end_matches([' ', '\t', '\n', '\r']);
        u32::try_from(text.len()).is_ok() && self.document(text).is_some()
    }

    /// Returns how much memory is kept.
    pub(super) fn memory_bytes(&self) -> usize {
        self.places.capacity() * size_of::<Place>() + self.ends.capacity() * size_of::<usize>()
    }

    /// Returns the fields of each item, in the file's order.
    pub(super) fn items(&self) -> impl Iterator<Item = &[Place]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let places = self.places.get(start..end).unwrap_or_default();
            start = end;
            places
        })
    }

    fn document(&mut self, text: &str) -> Option<()> {
        let skipper = &mut Skipper::new(text);
        let mut found = false;
        let end = members(text, skipper, 0, |skipper, key, at| match plain(key)? {
            "fileVersion" | "configSnapshotId" => skipper.value(at),
            "configurationItems" if !found => {
                found = true;
                self.items_at(text, skipper, at)
            }
            // A key that some other kind of file has.
            _ => None,
        })?;
        (found && skipper.is_past(end)).then_some(())
    }

    fn items_at<'t>(
        &mut self,
        text: &'t str,
        skipper: &mut Skipper<'t>,
        at: usize,
    ) -> Option<usize> {
        if skipper.byte(at) != b'[' {
            return None;
        }
        if skipper.byte(at + 1) == b']' {
            return Some(at + 2);
        }
        let mut at = at + 1;
        loop {
            at = members(text, skipper, at, |skipper, key, at| {
                self.field(text, skipper, Key::of(plain(key)?), at)
            })?;
            self.ends.push(self.places.len());
            match skipper.byte(at) {
                b',' => at += 1,
                b']' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    fn field<'t>(
        &mut self,
        text: &'t str,
        skipper: &mut Skipper<'t>,
        key: Key,
        at: usize,
    ) -> Option<usize> {
        let end = match (key, skipper.byte(at)) {
            (Key::Tags, b'{') => members(text, skipper, at, |skipper, _, at| tag(skipper, at))?,
            (Key::Tags, b'n') => skipper.value(at)?,
            (Key::Tags, _) => return None,
            // Texts as they stand, but for numbers that have several forms.
            (_, b'-' | b'0'..=b'9') if key.is_text() => whole_number(skipper, at)?,
            _ => skipper.value(at)?,
        };
        if key != Key::Other {
            self.places.push(Place {
                key,
                start: u32::try_from(at).ok()?,
                end: u32::try_from(end).ok()?,
            });
        }
        Some(end)
    }
}

/// Passes the object at `at`; returns where it ends. Of each member the key, as it is written, and the
/// place of the value are handed out, and the value's end is asked for.
fn members<'t>(
    text: &'t str,
    skipper: &mut Skipper<'t>,
    mut at: usize,
    mut on_member: impl FnMut(&mut Skipper<'t>, &'t str, usize) -> Option<usize>,
) -> Option<usize> {
    if skipper.byte(at) != b'{' {
        return None;
    }
    if skipper.byte(at + 1) == b'}' {
        return Some(at + 2);
    }
    loop {
        at += 1;
        let value = skipper.key(at)?;
        at = on_member(skipper, text.get(at + 1..value - 2)?, value)?;
        match skipper.byte(at) {
            b',' => {}
            b'}' => return Some(at + 1),
            _ => return None,
        }
    }
}

/// Returns a key that is written without escapes.
fn plain(key: &str) -> Option<&str> {
    memchr::memchr(b'\\', key.as_bytes())
        .is_none()
        .then_some(key)
}

/// Passes the value of a tag, which is a text or null.
fn tag(skipper: &mut Skipper<'_>, at: usize) -> Option<usize> {
    matches!(skipper.byte(at), b'"' | b'n')
        .then(|| skipper.value(at))
        .flatten()
}

/// Passes a number of digits alone that fits into 64 bits; whatever else belongs to a number ends no
/// member of an object.
fn whole_number(skipper: &Skipper<'_>, at: usize) -> Option<usize> {
    let end = skipper.digits(at)?;
    let is_plain = end - at < 20 && (skipper.byte(at) != b'0' || end - at == 1);
    is_plain.then_some(end)
}
