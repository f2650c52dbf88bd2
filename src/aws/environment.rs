//! What the environment says about credentials.

/// The facts of the environment that decide which credentials are taken. The SDK reads the
/// environment by itself and passes over one source for another in silence; these facts let the
/// log tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsEnvironment {
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` are both set.
    pub access_key_set: bool,
    /// `AWS_PROFILE`.
    pub profile: Option<String>,
}

impl AwsEnvironment {
    /// Reads the facts through `lookup`, which returns a variable's value.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| lookup(name).is_some_and(|value| !value.trim().is_empty());
        Self {
            access_key_set: set("AWS_ACCESS_KEY_ID") && set("AWS_SECRET_ACCESS_KEY"),
            profile: lookup("AWS_PROFILE").filter(|name| !name.is_empty()),
        }
    }
}
