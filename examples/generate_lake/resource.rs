//! What is kept of a resource: how often what has been changed. Its body is a function of that.

use super::place::Name;
use super::time::Millis;

/// What the latest item says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    Discovered,
    Deleted,
    NotRecorded,
    DeletedNotRecorded,
}

impl Status {
    /// As AWS Config writes it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Discovered => "ResourceDiscovered",
            Self::Deleted => "ResourceDeleted",
            Self::NotRecorded => "ResourceNotRecorded",
            Self::DeletedNotRecorded => "ResourceDeletedNotRecorded",
        }
    }

    /// Says whether an item of this status shows the resource.
    pub(crate) fn has_body(self) -> bool {
        matches!(self, Self::Ok | Self::Discovered)
    }
}

/// More related resources than these drop out of the list, the oldest first.
const PEERS: usize = 5;

/// A resource and its latest item.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) name: Name,
    /// Status of the latest item; `None` before the first one.
    pub(crate) status: Option<Status>,
    /// Capture time of the latest item.
    pub(crate) captured: Millis,
    /// When it was created.
    pub(crate) born: Millis,
    /// When something was last changed, be it by AWS.
    pub(crate) modified: Millis,
    /// How often a setting has been changed.
    pub(crate) settings: u32,
    /// How often a tag has been changed.
    pub(crate) tags: u32,
    /// How often AWS has moved something by itself.
    pub(crate) volatile: u32,
    /// Resources that have lately come into its relationships.
    pub(crate) peers: Vec<Name>,
}

impl Resource {
    /// A resource of which nothing is known yet.
    pub(crate) fn new(name: Name) -> Self {
        Self {
            name,
            status: None,
            captured: 0,
            born: 0,
            modified: 0,
            settings: 0,
            tags: 0,
            volatile: 0,
            peers: Vec::new(),
        }
    }

    /// Says whether it is there.
    pub(crate) fn lives(&self) -> bool {
        self.status
            .is_some_and(|status| !matches!(status, Status::Deleted | Status::DeletedNotRecorded))
    }

    /// How often setting `which` of `of` has been changed: changes go round.
    pub(crate) fn turns(&self, which: u32, of: u32) -> u64 {
        u64::from((self.settings + of - 1 - which) / of)
    }

    /// The same of tags.
    pub(crate) fn tag_turns(&self, which: u32, of: u32) -> u64 {
        u64::from((self.tags + of - 1 - which) / of)
    }

    /// Takes a resource into the relationships, or out of them if it is there: either way they are
    /// not what they were.
    pub(crate) fn relate(&mut self, peer: Name) {
        if let Some(at) = self.peers.iter().position(|known| *known == peer) {
            self.peers.remove(at);
            return;
        }
        if self.peers.len() == PEERS {
            self.peers.remove(0);
        }
        self.peers.push(peer);
    }
}
