//! The networks that a token may be used from.

use std::net::IpAddr;

use ipnet::IpNet;

/// The network that a text names in CIDR notation (RFC 4632, RFC 4291): `192.0.2.0/24`, `2001:db8::/32`. None when bits
/// beyond the prefix are set, since that is mostly a slip, and for IPv4 written as IPv6: addresses are compared as what
/// they are.
#[must_use]
pub fn network(text: &str) -> Option<IpNet> {
    let network: IpNet = text.parse().ok()?;
    let mapped = matches!(network.addr(), IpAddr::V6(address) if address.to_ipv4_mapped().is_some());
    (network == network.trunc() && !mapped).then_some(network)
}

/// Whether an address lies in one of the networks. IPv4 that came by an IPv6 socket counts as IPv4.
#[must_use]
pub fn covers(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address.to_canonical()))
}

/// Whether each of these networks (none is everywhere) lies in one of the others.
#[must_use]
pub fn within(networks: Option<&[IpNet]>, others: &[IpNet]) -> bool {
    let inside = |network: &IpNet| others.iter().any(|other| other.contains(network));
    networks.is_some_and(|networks| networks.iter().all(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| network(text).unwrap()).collect()
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["192.0.2.0/24", "192.0.2.7/32", "0.0.0.0/0", "2001:db8::/32", "::/0", "::1/128"] {
            assert_eq!(network(text).map(|network| network.to_string()).as_deref(), Some(text));
        }
        for text in [
            "",
            "192.0.2.0",
            "192.0.2.1/24",
            "192.0.2.0/33",
            "2001:db8::1/32",
            "::ffff:192.0.2.0/120",
            "a/8",
            " ::/0",
        ] {
            assert_eq!(network(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_lies_in_a_network_of_its_own_kind() {
        let here = networks(&["192.0.2.0/24", "2001:db8::/32"]);
        for (address, inside) in [
            ("192.0.2.255", true),
            ("192.0.3.0", false),
            ("::ffff:192.0.2.1", true),
            ("2001:db8::1", true),
            ("2001:db9::1", false),
            ("::1", false),
        ] {
            assert_eq!(covers(&here, address.parse().unwrap()), inside, "{address}");
        }
        assert!(!covers(&networks(&["::/0"]), "::ffff:192.0.2.1".parse().unwrap()));
        assert!(!covers(&[], "192.0.2.1".parse().unwrap()));
    }

    #[test]
    fn no_limit_is_wider_than_any() {
        let outer = networks(&["192.0.2.0/24", "2001:db8::/32"]);
        assert!(within(Some(&networks(&["192.0.2.128/25", "2001:db8::/48"])), &outer));
        assert!(!within(Some(&networks(&["192.0.2.128/25", "192.0.0.0/16"])), &outer));
        assert!(!within(None, &outer));
    }
}
