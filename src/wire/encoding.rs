//! How a body is compressed on its way: which codings a client takes, by what it says (RFC 9110, section 12.5.3).

use serde::{Deserialize, Serialize};

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Deflate with a checksum (RFC 1952).
    Gzip,
}

impl Encoding {
    /// As HTTP calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Encoding::Gzip => "gzip",
        }
    }

    /// What a body was compressed with, by its `content-encoding`; `None` for what is not known here.
    pub fn named(name: &str) -> Option<Encoding> {
        matches!(name.trim().to_ascii_lowercase().as_str(), "gzip" | "x-gzip").then_some(Encoding::Gzip)
    }

    /// What a client takes that says `accept-encoding` so, unless it would rather have no coding. Who says nothing gets none.
    pub fn accepted(accept: &str) -> Option<Encoding> {
        let wanted = |is: fn(&str) -> bool| {
            let codings = accept.split(',').map(|one| one.split_once(';').unwrap_or((one, "")));
            codings.filter(|(name, _)| is(name.trim())).map(|(_, weight)| weight_of(weight)).next()
        };
        let gzip = wanted(|name| Encoding::named(name).is_some()).or_else(|| wanted(|name| name == "*"))?;
        let plain = wanted(|name| name.eq_ignore_ascii_case("identity")).unwrap_or(0.0);
        (gzip > 0.0 && gzip >= plain).then_some(Encoding::Gzip)
    }
}

/// `q=0.5` as a number; 1 where nothing is said, and 0 where what is said is none.
fn weight_of(parameters: &str) -> f64 {
    match parameters.trim().split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("q") => value.trim().parse().unwrap_or(0.0),
        Some(_) | None => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_gzip_gets_it() {
        // httpx, aiohttp, Node over TLS, Go, a browser, and what the standard gives as examples.
        let asks = [
            "gzip, deflate",
            "gzip, deflate, br, zstd",
            "br, gzip, deflate",
            "gzip",
            "GZip;q=1.0, identity; q=0.5, *;q=0",
            "compress;q=0.5, gzip;q=1.0",
            "x-gzip",
            "*",
        ];
        for accept in asks {
            assert_eq!(Encoding::accepted(accept), Some(Encoding::Gzip), "{accept}");
        }
        for accept in
            ["", "identity", "br", "gzip;q=0", "gzip; q=0.000, *", "identity, gzip;q=0.5", "*;q=0", "gzip;q=x"]
        {
            assert_eq!(Encoding::accepted(accept), None, "{accept}");
        }
    }
}
