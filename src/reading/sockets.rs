//! What `sock_diag` is asked about TCP sockets and what it answers: who they connect, what lies unread in them, what kernel memory they
//! hold.
//!
//! Layout: `struct nlmsghdr` (linux/netlink.h), `struct inet_diag_req_v2`, `struct inet_diag_msg` and `INET_DIAG_SKMEMINFO` (linux/inet_diag.h),
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
pub const AF_INET: u8 = 2;
/// `AF_INET6`.
const AF_INET6: u8 = 10;
/// `IPPROTO_TCP`.
const TCP: u8 = 6;
/// `SOCK_DIAG_BY_FAMILY`.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST`, and with it `NLM_F_DUMP`.
const REQUEST: u16 = 1;
const REQUEST_DUMP: u16 = 0x301;
/// Bit of `INET_DIAG_SKMEMINFO` in the request's extensions.
const WITH_SKMEM: u8 = 1 << (SKMEMINFO - 1);
/// Length of a request: `struct nlmsghdr` and `struct inet_diag_req_v2`.
const QUESTION: usize = HEADER + 56;
/// States that hold a conversation (net/tcp_states.h): ESTABLISHED 1, FIN_WAIT1 4, FIN_WAIT2 5, CLOSE_WAIT 8.
pub(super) const IN_CONVERSATION: [u8; 4] = [1, 4, 5, 8];

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

/// The two ends of a connection, as one of its sockets sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ends {
    /// Its own.
    pub local: SocketAddr,
    /// The other.
    pub remote: SocketAddr,
}

impl Ends {
    /// As the other socket sees them.
    pub fn reversed(self) -> Ends {
        Ends { local: self.remote, remote: self.local }
    }
}

/// One TCP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Whom it connects.
    pub ends: Ends,
    /// Whether it still holds a conversation: it neither listens nor is waiting to be forgotten.
    pub in_conversation: bool,
    /// Bytes received and not read.
    pub unread_bytes: u32,
    /// Bytes sent and not acknowledged.
    pub unsent_bytes: u32,
    /// Kernel memory.
    pub memory: Skmem,
    /// The most that the kernel lets lie in its receive queue now (`rcvbuf`), counted with its own overhead.
    pub receive_buffer_bytes: u32,
    /// Its inode, by which its owner is found (`/proc/PID/fd`); 0 where it has none any more.
    pub inode: u32,
}

/// One message of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A socket.
    Socket(Socket),
    /// No: the number is the kernel's errno. `ENOENT` for a socket that is not there, and for a family that the kernel has no `sock_diag` of.
    Refused(i32),
    /// The end of a dump.
    Done,
}

/// An answer that is shorter than it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the kernel's answer about sockets is cut short")]
pub struct CutShort;

/// Asks for the one socket that has these ends. The kernel looks it up, however many others there are.
pub fn question(ends: Ends) -> [u8; QUESTION] {
    let family = if ends.local.is_ipv4() { AF_INET } else { AF_INET6 };
    let mut bytes = request(REQUEST, family);
    bytes[24..26].copy_from_slice(&ends.local.port().to_be_bytes());
    bytes[26..28].copy_from_slice(&ends.remote.port().to_be_bytes());
    for (at, address) in [(28, ends.local.ip()), (44, ends.remote.ip())] {
        match address {
            IpAddr::V4(address) => bytes[at..at + 4].copy_from_slice(&address.octets()),
            IpAddr::V6(address) => bytes[at..at + 16].copy_from_slice(&address.octets()),
        }
    }
    // INET_DIAG_NOCOOKIE: any socket that has these ends, not a certain one.
    bytes[64..72].fill(0xFF);
    bytes
}

/// Asks for all sockets of `family` that are in none of all states: [`Message::Done`] at once, unless the kernel has no `sock_diag` of it.
pub fn question_whether_there_is_any(family: u8) -> [u8; QUESTION] {
    request(REQUEST_DUMP, family)
}

fn request(flags: u16, family: u8) -> [u8; QUESTION] {
    let mut bytes = [0u8; QUESTION];
    bytes[0..4].copy_from_slice(&(QUESTION as u32).to_ne_bytes());
    bytes[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes[6..8].copy_from_slice(&flags.to_ne_bytes());
    bytes[16] = family;
    bytes[17] = TCP;
    bytes[18] = WITH_SKMEM;
    bytes
}

/// Parses one datagram of an answer.
///
/// # Errors
/// When a length does not fit.
pub fn parse(mut bytes: &[u8]) -> Result<Vec<Message>, CutShort> {
    let mut messages = Vec::new();
    while bytes.len() >= HEADER {
        let length = u32_at(bytes, 0)? as usize;
        let message = bytes.get(HEADER..length).ok_or(CutShort)?;
        messages.push(match u16_at(bytes, 4)? {
            NLMSG_DONE => Message::Done,
            NLMSG_ERROR => Message::Refused((u32_at(message, 0)? as i32).wrapping_neg()),
            _ => Message::Socket(parse_socket(message)?),
        });
        // Messages start at multiples of four bytes.
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or(&[]);
    }
    Ok(messages)
}

fn parse_socket(message: &[u8]) -> Result<Socket, CutShort> {
    let &[family, state] = message.get(..2).and_then(|two| two.first_chunk()).ok_or(CutShort)?;
    let (memory, receive_buffer_bytes) = skmem(message.get(DIAG..).ok_or(CutShort)?)?;
    let ends = Ends {
        local: SocketAddr::new(address_at(message, 8, family)?, port_at(message, 4)?),
        remote: SocketAddr::new(address_at(message, 24, family)?, port_at(message, 6)?),
    };
    Ok(Socket {
        ends,
        in_conversation: IN_CONVERSATION.contains(&state),
        unread_bytes: u32_at(message, 56)?,
        unsent_bytes: u32_at(message, 60)?,
        memory,
        receive_buffer_bytes,
        inode: u32_at(message, 68)?,
    })
}

/// Looks for `INET_DIAG_SKMEMINFO` among the attributes behind the fixed part.
fn skmem(mut attributes: &[u8]) -> Result<(Skmem, u32), CutShort> {
    while attributes.len() >= 4 {
        let length = u16_at(attributes, 0)? as usize;
        let value = attributes.get(4..length).ok_or(CutShort)?;
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

fn address_at(bytes: &[u8], at: usize, family: u8) -> Result<IpAddr, CutShort> {
    let raw: [u8; 16] = array_at(bytes, at)?;
    if family == AF_INET {
        return Ok(IpAddr::V4(Ipv4Addr::new(raw[0], raw[1], raw[2], raw[3])));
    }
    Ok(Ipv6Addr::from(raw).to_canonical())
}

fn port_at(bytes: &[u8], at: usize) -> Result<u16, CutShort> {
    Ok(u16::from_be_bytes(array_at(bytes, at)?))
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, CutShort> {
    Ok(u16::from_ne_bytes(array_at(bytes, at)?))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, CutShort> {
    Ok(u32::from_ne_bytes(array_at(bytes, at)?))
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], CutShort> {
    bytes.get(at..at + N).and_then(|slice| slice.try_into().ok()).ok_or(CutShort)
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
        (diag[0], diag[1]) = (AF_INET, 1);
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

    fn parse_one(bytes: &[u8]) -> Socket {
        match parse(bytes).unwrap()[..] {
            [Message::Socket(socket)] => socket,
            ref others => panic!("{others:?}"),
        }
    }

    #[test]
    fn a_socket_of_an_answer() {
        let mut bytes = message(20, &socket());
        let socket = parse_one(&bytes);
        assert_eq!(socket.ends.local, "127.0.0.1:40000".parse().unwrap());
        assert_eq!(socket.ends.remote, "127.0.0.2:8080".parse().unwrap());
        assert_eq!(socket.unread_bytes, 77);
        assert_eq!(socket.memory.total(), 1280 + 2816 + 512);
        assert_eq!(socket.receive_buffer_bytes, 131_072);
        assert!(socket.in_conversation);
        bytes.extend(message(NLMSG_DONE, &[0; 4]));
        assert_eq!(parse(&bytes).unwrap(), [Message::Socket(socket), Message::Done]);
    }

    #[test]
    fn what_listens_or_waits_to_be_forgotten_holds_no_conversation() {
        for state in 0..=12 {
            let mut diag = socket();
            diag[1] = state;
            assert_eq!(parse_one(&message(20, &diag)).in_conversation, [1, 4, 5, 8].contains(&state), "{state}");
        }
    }

    #[test]
    fn refusals_are_told_and_cuts_are_errors() {
        let refused = message(NLMSG_ERROR, &(-2i32).to_ne_bytes());
        assert_eq!(parse(&refused), Ok(vec![Message::Refused(2)]));
        let whole = message(20, &socket());
        for cut in HEADER..whole.len() {
            assert_eq!(parse(&whole[..cut]), Err(CutShort));
        }
    }
}
