//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use poem::Request;
use poem::http::{HeaderMap, HeaderName, header};
use styr_domain::token::covers;

use crate::config::{Proxies, ProxyHeader};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client: the connection's, or, when that is a trusted proxy's, what the proxy says. None when it
/// says something else than an address.
pub(crate) fn address(request: &Request, proxies: &Proxies) -> Option<IpAddr> {
    let peer = request.remote_addr().as_socket_addr()?.ip();
    through(peer, request.headers(), proxies)
}

/// Each proxy adds at the end where it took the request from. So the last entry is to be believed of a trusted peer, the
/// one before it when that last one is a trusted proxy too, and so on; the rest is what the client made up.
fn through(peer: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> Option<IpAddr> {
    let Proxies { trusted, header } = proxies;
    let name = match header {
        ProxyHeader::XForwardedFor => X_FORWARDED_FOR,
        ProxyHeader::Forwarded => header::FORWARDED,
    };
    let mut address = peer;
    for value in headers.get_all(name).iter().rev() {
        if !covers(trusted, address) {
            break;
        }
        for hop in value.to_str().ok()?.rsplit(',') {
            if !covers(trusted, address) {
                break;
            }
            address = match header {
                ProxyHeader::XForwardedFor => node(hop)?,
                ProxyHeader::Forwarded => forwarded_for(hop)?,
            };
        }
    }
    Some(address)
}

/// What an element of `Forwarded` says the request was for (RFC 7239, section 4). A comma in a quoted text splits the
/// element too, which only a client can bring about, before what proxies wrote.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut parameters = element.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    node(value.trim_matches('"'))
}

/// An address, with or without a port, IPv6 also in brackets.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(peer: &str, name: ProxyHeader, values: &[(&'static str, &str)]) -> Option<String> {
        let network = |text: &str| styr_domain::token::network(text).expect("a network");
        let proxies = Proxies { trusted: vec![network("10.0.0.0/8"), network("::1/128")], header: name };
        let mut headers = HeaderMap::new();
        for (name, value) in values {
            headers.append(*name, value.parse().expect("a value"));
        }
        through(peer.parse().expect("an address"), &headers, &proxies).map(|address| address.to_string())
    }

    #[test]
    fn only_what_trusted_proxies_added_counts() {
        let told = |peer: &str, values: &[&str]| {
            let values: Vec<_> = values.iter().map(|value| ("x-forwarded-for", *value)).collect();
            told(peer, ProxyHeader::XForwardedFor, &values)
        };
        for (peer, values, from) in [
            ("192.0.2.1", &["203.0.113.9"][..], Some("192.0.2.1")),
            ("10.0.0.1", &[], Some("10.0.0.1")),
            ("10.0.0.1", &["203.0.113.9"], Some("203.0.113.9")),
            ("::ffff:10.0.0.1", &["203.0.113.9"], Some("203.0.113.9")),
            ("10.0.0.1", &["198.51.100.1, 203.0.113.9"], Some("203.0.113.9")),
            ("10.0.0.1", &["198.51.100.1, 203.0.113.9, 10.0.0.2"], Some("203.0.113.9")),
            ("10.0.0.1", &["198.51.100.1", "203.0.113.9", "10.0.0.2"], Some("203.0.113.9")),
            ("10.0.0.1", &["10.0.0.3,10.0.0.2"], Some("10.0.0.3")),
            ("10.0.0.1", &["203.0.113.9:4711"], Some("203.0.113.9")),
            ("::1", &["2001:db8::7"], Some("2001:db8::7")),
            ("::1", &["[2001:db8::7]:4711"], Some("2001:db8::7")),
            ("10.0.0.1", &["unknown"], None),
            ("10.0.0.1", &["203.0.113.9, "], None),
            ("10.0.0.1", &[""], None),
        ] {
            assert_eq!(told(peer, values).as_deref(), from, "{peer} {values:?}");
        }
    }

    #[test]
    fn only_the_header_that_proxies_write_counts() {
        let both = [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=198.51.100.1")];
        assert_eq!(told("10.0.0.1", ProxyHeader::XForwardedFor, &both).as_deref(), Some("203.0.113.9"));
        assert_eq!(told("10.0.0.1", ProxyHeader::Forwarded, &both).as_deref(), Some("198.51.100.1"));
    }

    #[test]
    fn forwarded_is_read_as_its_rfc_says() {
        for (value, from) in [
            ("for=192.0.2.43", Some("192.0.2.43")),
            ("for=\"_gazonk\"", None),
            ("For=\"[2001:db8:cafe::17]:4711\"", Some("2001:db8:cafe::17")),
            ("for=192.0.2.60;proto=http;by=203.0.113.43", Some("192.0.2.60")),
            ("proto=http; for=192.0.2.60", Some("192.0.2.60")),
            ("for=\"1.1.1.1, for=192.0.2.43, for=198.51.100.17", Some("198.51.100.17")),
            ("by=203.0.113.43", None),
            ("for=unknown", None),
        ] {
            assert_eq!(
                told("10.0.0.1", ProxyHeader::Forwarded, &[("forwarded", value)]).as_deref(),
                from,
                "{value}"
            );
        }
    }
}
