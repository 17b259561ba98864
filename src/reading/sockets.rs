//! What a `sock_diag` answer says about TCP sockets: who they connect, what lies unread in them, what kernel memory they hold.
//!
//! Layout: `struct nlmsghdr` (linux/netlink.h), `struct inet_diag_msg` and `INET_DIAG_SKMEMINFO` (linux/inet_diag.h),
//! the `SK_MEMINFO_*` indices (linux/sock_diag.h). Addresses and ports are in network order, all else in the machine's own.

use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// `NLMSG_DONE`: the last message of a dump.
const NLMSG_DONE: u16 = 3;
/// `NLMSG_ERROR`.
const NLMSG_ERROR: u16 = 2;
/// Length of `struct nlmsghdr`.
const HEADER: usize = 16;
/// Length of `struct inet_diag_msg`.
const DIAG: usize = 72;
/// `INET_DIAG_SKMEMINFO`.
const SKMEMINFO: u16 = 7;
/// `AF_INET`.
const AF_INET: u8 = 2;

/// Kernel memory of sockets in bytes, summed over them. RSS contains none of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skmem {
    /// Received and not yet read (`rmem_alloc`).
    pub receive_bytes: u64,
    /// Queued for sending (`wmem_queued`).
    pub send_bytes: u64,
    /// Charged ahead, in whole pages, and not used yet (`fwd_alloc`).
    pub forward_bytes: u64,
}

impl Skmem {
    /// All of it: what TCP has charged for these sockets. The socket structures themselves (about 2.6 kB each) are slab memory and not in it.
    pub fn total(self) -> u64 {
        self.receive_bytes + self.send_bytes + self.forward_bytes
    }

    /// The sum of two.
    pub fn plus(self, other: Skmem) -> Skmem {
        Skmem {
            receive_bytes: self.receive_bytes + other.receive_bytes,
            send_bytes: self.send_bytes + other.send_bytes,
            forward_bytes: self.forward_bytes + other.forward_bytes,
        }
    }
}

/// One TCP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Its own end.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
    /// Bytes received and not read.
    pub unread_bytes: u32,
    /// Bytes sent and not acknowledged.
    pub unsent_bytes: u32,
    /// Kernel memory.
    pub memory: Skmem,
    /// The most that the kernel lets lie in its receive queue now (`rcvbuf`), counted with its own overhead.
    pub receive_buffer_bytes: u32,
}

/// What one datagram of a dump held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dump {
    /// Sockets in it.
    pub sockets: Vec<Socket>,
    /// Whether the dump ends here.
    pub done: bool,
}

/// A `sock_diag` answer that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DiagError {
    /// The kernel refused; the number is its errno.
    #[error("the kernel refused the socket dump (errno {0})")]
    Refused(i32),
    /// A message is shorter than its header says.
    #[error("the kernel's socket dump is cut short")]
    CutShort,
}

/// Parses one datagram of a `SOCK_DIAG_BY_FAMILY` dump.
///
/// # Errors
/// When the kernel answered with an error, or a length does not fit.
pub fn parse_dump(mut bytes: &[u8]) -> Result<Dump, DiagError> {
    let mut dump = Dump { sockets: Vec::new(), done: false };
    while bytes.len() >= HEADER {
        let length = u32_at(bytes, 0)? as usize;
        let message = bytes.get(HEADER..length).ok_or(DiagError::CutShort)?;
        match u16_at(bytes, 4)? {
            NLMSG_DONE => dump.done = true,
            NLMSG_ERROR => return Err(DiagError::Refused(-(u32_at(message, 0)? as i32))),
            _ => dump.sockets.push(parse_socket(message)?),
        }
        // Messages start at multiples of four bytes.
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or(&[]);
    }
    Ok(dump)
}

fn parse_socket(message: &[u8]) -> Result<Socket, DiagError> {
    let family = *message.first().ok_or(DiagError::CutShort)?;
    let (memory, receive_buffer_bytes) = skmem(message.get(DIAG..).ok_or(DiagError::CutShort)?)?;
    Ok(Socket {
        local: SocketAddr::new(address_at(message, 8, family)?, port_at(message, 4)?),
        remote: SocketAddr::new(address_at(message, 24, family)?, port_at(message, 6)?),
        unread_bytes: u32_at(message, 56)?,
        unsent_bytes: u32_at(message, 60)?,
        memory,
        receive_buffer_bytes,
    })
}

/// Looks for `INET_DIAG_SKMEMINFO` among the attributes behind the fixed part.
fn skmem(mut attributes: &[u8]) -> Result<(Skmem, u32), DiagError> {
    while attributes.len() >= 4 {
        let length = u16_at(attributes, 0)? as usize;
        let value = attributes.get(4..length).ok_or(DiagError::CutShort)?;
        if u16_at(attributes, 2)? == SKMEMINFO {
            // SK_MEMINFO_RMEM_ALLOC 0, RCVBUF 1, FWD_ALLOC 4, WMEM_QUEUED 5.
            let entry = |index: usize| u32_at(value, index * 4).map(u64::from);
            let memory = Skmem { receive_bytes: entry(0)?, send_bytes: entry(5)?, forward_bytes: entry(4)? };
            return Ok((memory, u32_at(value, 4)?));
        }
        attributes = attributes.get(length.next_multiple_of(4)..).unwrap_or(&[]);
    }
    Ok((Skmem::default(), 0))
}

fn address_at(bytes: &[u8], at: usize, family: u8) -> Result<IpAddr, DiagError> {
    let raw: [u8; 16] = array_at(bytes, at)?;
    if family == AF_INET {
        return Ok(IpAddr::V4(Ipv4Addr::new(raw[0], raw[1], raw[2], raw[3])));
    }
    Ok(Ipv6Addr::from(raw).to_canonical())
}

fn port_at(bytes: &[u8], at: usize) -> Result<u16, DiagError> {
    Ok(u16::from_be_bytes(array_at(bytes, at)?))
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, DiagError> {
    Ok(u16::from_ne_bytes(array_at(bytes, at)?))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, DiagError> {
    Ok(u32::from_ne_bytes(array_at(bytes, at)?))
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], DiagError> {
    bytes.get(at..at + N).and_then(|slice| slice.try_into().ok()).ok_or(DiagError::CutShort)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, payload: &[u8]) -> Vec<u8> {
        let mut bytes = ((HEADER + payload.len()) as u32).to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend(payload);
        bytes
    }

    fn socket() -> Vec<u8> {
        let mut diag = vec![0u8; DIAG];
        diag[0] = AF_INET;
        diag[4..6].copy_from_slice(&40_000u16.to_be_bytes());
        diag[6..8].copy_from_slice(&8_080u16.to_be_bytes());
        diag[8..12].copy_from_slice(&[127, 0, 0, 1]);
        diag[24..28].copy_from_slice(&[127, 0, 0, 2]);
        diag[56..60].copy_from_slice(&77u32.to_ne_bytes());
        diag.extend(40u16.to_ne_bytes());
        diag.extend(SKMEMINFO.to_ne_bytes());
        for value in [1280u32, 131_072, 0, 0, 2816, 512, 0, 0, 0] {
            diag.extend(value.to_ne_bytes());
        }
        diag
    }

    #[test]
    fn a_dump_of_one_socket() {
        let mut bytes = message(20, &socket());
        bytes.extend(message(NLMSG_DONE, &[0; 4]));
        let dump = parse_dump(&bytes).unwrap();
        assert!(dump.done);
        let socket = dump.sockets[0];
        assert_eq!(socket.local, "127.0.0.1:40000".parse().unwrap());
        assert_eq!(socket.remote, "127.0.0.2:8080".parse().unwrap());
        assert_eq!(socket.unread_bytes, 77);
        assert_eq!(socket.memory.total(), 1280 + 2816 + 512);
        assert_eq!(socket.receive_buffer_bytes, 131_072);
    }

    #[test]
    fn refusals_and_cuts_are_errors() {
        let refused = message(NLMSG_ERROR, &(-2i32).to_ne_bytes());
        assert_eq!(parse_dump(&refused), Err(DiagError::Refused(2)));
        let whole = message(20, &socket());
        for cut in HEADER..whole.len() {
            assert_eq!(parse_dump(&whole[..cut]), Err(DiagError::CutShort));
        }
    }
}
