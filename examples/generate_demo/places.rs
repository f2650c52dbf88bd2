//! Accounts and regions of the demo organisation.

/// The organisation, the prefix of every delivered key.
pub(crate) const ORGANISATION: &str = "o-exampleorg1";
/// What customers use.
pub(crate) const PRODUCTION: &str = "111122223333";
/// Where the next release is tried out.
pub(crate) const STAGING: &str = "444455556666";
/// Trails, findings and read-only access to the other two.
pub(crate) const AUDIT: &str = "777788889999";
/// Nobody here: the account that a planted trust policy admits.
pub(crate) const STRANGER: &str = "999900001111";

/// Every account.
pub(crate) const ACCOUNTS: [&str; 3] = [PRODUCTION, STAGING, AUDIT];
/// The home region of every account.
pub(crate) const TOKYO: &str = "ap-northeast-1";
/// The second region.
pub(crate) const VIRGINIA: &str = "us-east-1";
/// The region that is hardly used.
pub(crate) const IRELAND: &str = "eu-west-1";

/// An account's region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Twelve digits.
    pub(crate) account: &'static str,
    /// The region whose recorder sees the resource.
    pub(crate) region: &'static str,
}

impl Place {
    /// A place.
    pub(crate) const fn new(account: &'static str, region: &'static str) -> Self {
        Self { account, region }
    }

    /// The ARN of something in this place.
    pub(crate) fn arn(self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{rest}", self.region, self.account)
    }

    /// The ARN of something IAM keeps for the account.
    pub(crate) fn iam_arn(self, rest: &str) -> String {
        format!("arn:aws:iam::{}:{rest}", self.account)
    }
}
