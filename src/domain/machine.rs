//! Which names of hosts are this machine's.

use std::net::IpAddr;

/// Says whether a host's name, an IPv6 address with its brackets or without, is of this machine:
/// what goes there does not leave it.
pub fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_this_machine() {
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "::1"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "",
            "localhost.example",
            "127.0.0.1.example",
            "0.0.0.0",
            "[::]",
            "192.0.2.1",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
