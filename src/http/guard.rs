//! Under which names the server is asked, and from which pages: without this a page in a browser
//! could ask a server on the same machine (DNS rebinding).

use std::str::FromStr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use thiserror::Error;

use super::{Front, HttpError, TrustedHost};
use crate::{domain::is_this_machine, service::ErrorCode};

/// Names of this machine, as callers on it write them.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// A name of a host or an origin that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{given}` is no {what}")]
pub struct InvalidName {
    given: String,
    what: &'static str,
}

/// A host's name, lower case, and a port where one is named.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Host {
    name: String,
    port: Option<u16>,
}

impl Host {
    fn parse(text: &str) -> Option<Self> {
        let authority: Authority = text.trim().parse().ok()?;
        let is_bare = !authority.as_str().contains('@') && !authority.host().is_empty();
        is_bare.then(|| Self {
            name: authority.host().trim_end_matches('.').to_ascii_lowercase(),
            port: authority.port_u16(),
        })
    }

    /// Says whether `asked` is this host: on any port, unless one is named.
    fn admits(&self, asked: &Self) -> bool {
        self.name == asked.name && (self.port.is_none() || self.port == asked.port)
    }
}

/// Names that the server is asked under. This machine's own are always among them: a page that
/// rebinds its name asks under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHosts(Vec<Host>);

impl AllowedHosts {
    /// Returns the names of this machine, and these: `NAME` or `NAME:PORT`.
    pub fn new<T: AsRef<str>>(names: &[T]) -> Result<Self, InvalidName> {
        let given = names.iter().map(AsRef::as_ref);
        let hosts = LOOPBACK.into_iter().chain(given).map(|name| {
            Host::parse(name).ok_or_else(|| InvalidName {
                given: name.to_owned(),
                what: "name of a host, NAME or NAME:PORT",
            })
        });
        Ok(Self(hosts.collect::<Result<_, _>>()?))
    }

    /// Says whether others than those of this machine are among them.
    pub fn names_others(&self) -> bool {
        !self.0.iter().all(|host| is_this_machine(&host.name))
    }

    fn admit(&self, asked: &str) -> bool {
        Host::parse(asked).is_some_and(|asked| self.0.iter().any(|host| host.admits(&asked)))
    }
}

/// The origin of a page: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    /// `None` for any port.
    port: Option<u16>,
}

impl FromStr for Origin {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let invalid = || InvalidName {
            given: text.to_owned(),
            what: "origin, SCHEME://HOST[:PORT] or SCHEME://HOST:* for any port",
        };
        let any_port = text.strip_suffix(":*");
        let uri: Uri = any_port.unwrap_or(text).parse().map_err(|_| invalid())?;
        let scheme = uri.scheme_str().ok_or_else(invalid)?.to_ascii_lowercase();
        let authority = uri.authority().ok_or_else(invalid)?;
        if uri.path() != "/" || uri.query().is_some() || text.ends_with('/') {
            return Err(invalid());
        }
        let host = Host::parse(authority.as_str()).ok_or_else(invalid)?;
        let standard = match scheme.as_str() {
            "https" => Some(443),
            "http" => Some(80),
            _ => return Err(invalid()),
        };
        Ok(Self {
            scheme,
            host: host.name,
            port: if any_port.is_some() {
                None
            } else {
                host.port.or(standard)
            },
        })
    }
}

/// Origins whose pages may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigins(Vec<Origin>);

impl AllowedOrigins {
    /// Returns pages of this machine, and these origins.
    pub fn new<T: AsRef<str>>(origins: &[T]) -> Result<Self, InvalidName> {
        let of_here = LOOPBACK.map(|host| format!("http://{host}:*"));
        let all = of_here.iter().map(String::as_str);
        let all = all.chain(origins.iter().map(AsRef::as_ref));
        Ok(Self(all.map(str::parse).collect::<Result<_, _>>()?))
    }

    fn admit(&self, asked: &str) -> bool {
        let Ok(asked) = asked.parse::<Origin>() else {
            return false;
        };
        self.0.iter().any(|origin| {
            origin.scheme == asked.scheme
                && origin.host == asked.host
                && (origin.port.is_none() || origin.port == asked.port)
        })
    }
}

/// Refuses requests under foreign names and from foreign pages.
pub(super) async fn check(State(front): State<Front>, request: Request, next: Next) -> Response {
    match refusal(&front, &request) {
        Some(refused) => refused.into_response(),
        None => next.run(request).await,
    }
}

fn refusal(front: &Front, request: &Request) -> Option<HttpError> {
    let settings = &front.0.settings;
    let host = asked_host(request.uri(), request.headers());
    let trusted = request.extensions().get::<TrustedHost>();
    let admitted = host.is_some_and(|host| {
        settings.hosts.admit(host)
            || trusted.is_some_and(|TrustedHost(name)| name.eq_ignore_ascii_case(host))
    });
    if !admitted {
        let asked = host.unwrap_or("no host");
        let message = format!("this server is not asked under the name {asked}");
        return Some(HttpError::new(ErrorCode::HostNotAllowed, message));
    }
    for origin in request.headers().get_all(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or("unreadable");
        if !settings.origins.admit(origin) {
            let message = format!("pages of the origin {origin} may not ask this server");
            return Some(HttpError::new(ErrorCode::OriginNotAllowed, message));
        }
    }
    None
}

/// Returns the host that was asked; none where several are named.
fn asked_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let mut named = headers.get_all(header::HOST).iter();
    match (named.next(), named.next()) {
        (Some(host), None) => host.to_str().ok(),
        (None, _) => uri.authority().map(Authority::as_str),
        (Some(_), Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_and_what_is_named_are_hosts() {
        let hosts = AllowedHosts::new(&["History.Example", "other.example:8443"]).unwrap();
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:1",
            "[::1]:8080",
            "history.example",
            "history.example.",
            "history.example:443",
            "other.example:8443",
        ] {
            assert!(hosts.admit(host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "other.example",
            "other.example:1",
            "127.0.0.2",
            "user@localhost",
            "localhost:8080@evil.example",
            "",
            "local host",
        ] {
            assert!(!hosts.admit(host), "{host}");
        }
        assert!(hosts.names_others());
        assert!(
            !AllowedHosts::new(&["127.0.0.1", "[::1]:80"])
                .unwrap()
                .names_others()
        );
        assert!(AllowedHosts::new(&["https://history.example"]).is_err());
        assert!(AllowedHosts::new(&[""]).is_err());
    }

    #[test]
    fn pages_of_this_machine_and_what_is_named_may_ask() {
        let origins = AllowedOrigins::new(&["https://app.example", "https://x.example:*"]).unwrap();
        for origin in [
            "http://localhost:5173",
            "http://127.0.0.1",
            "http://[::1]:3000",
            "https://app.example",
            "https://APP.example:443",
            "https://x.example:9",
        ] {
            assert!(origins.admit(origin), "{origin}");
        }
        for origin in [
            "null",
            "http://evil.example",
            "http://app.example",
            "https://app.example:8443",
            "https://app.example.evil.example",
            "http://localhost.evil.example",
            "file://",
            "",
        ] {
            assert!(!origins.admit(origin), "{origin}");
        }
        for named in [
            "app.example",
            "https://app.example/path",
            "ftp://app.example",
            "*",
        ] {
            assert!(AllowedOrigins::new(&[named]).is_err(), "{named}");
        }
    }
}
