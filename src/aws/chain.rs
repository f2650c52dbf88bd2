//! An error with its causes.

use std::error::Error;

/// Returns the error and its causes, outermost first.
pub(super) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let outer: &'a (dyn Error + 'static) = *error;
        outer.source()
    })
}

/// Returns the first cause of type `T`.
pub(super) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(<dyn Error>::downcast_ref)
}

/// Returns the texts of all causes in one line, for the log. The debug form of the SDK's errors is
/// left out: it holds whole answers, and an answer of STS holds credentials.
pub(super) fn texts(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<String> = causes(error).map(ToString::to_string).collect();
    texts.join(": ")
}

/// Returns the text of the innermost cause; those around it say only where it came from.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}
