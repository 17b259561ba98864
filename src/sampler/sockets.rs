//! Asks the kernel for TCP sockets over netlink: man page sock_diag(7).

use crate::reading::Socket;
use crate::reading::sockets::{DiagError, parse_dump};
use socket2::{Domain, Protocol, Type};
use std::io::{self, Read, Write};
use std::net::SocketAddr;

/// `AF_NETLINK`.
const AF_NETLINK: i32 = 16;
/// `NETLINK_SOCK_DIAG`.
const NETLINK_SOCK_DIAG: i32 = 4;
/// `SOCK_DIAG_BY_FAMILY`.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST | NLM_F_DUMP`.
const REQUEST_DUMP: u16 = 0x301;
/// `AF_INET`, `AF_INET6`.
const FAMILIES: [u8; 2] = [2, 10];
/// `IPPROTO_TCP`.
const TCP: u8 = 6;
/// Bit of `INET_DIAG_SKMEMINFO` (7) in the request's extensions.
const WITH_SKMEM: u8 = 1 << 6;
/// States that hold a conversation: ESTABLISHED 1, FIN_WAIT1 4, FIN_WAIT2 5, CLOSE_WAIT 8.
const STATES: u32 = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 8;
/// The kernel fills at most 32 KiB a read for a dump.
const READ: usize = 64 * 1024;

/// An open line to the kernel's socket tables.
pub struct SocketTable {
    line: socket2::Socket,
}

impl SocketTable {
    /// Opens it. No privilege is needed to see sockets of one's own network namespace.
    ///
    /// # Errors
    /// When the kernel has no `sock_diag`, as in some sandboxes.
    pub fn open() -> io::Result<SocketTable> {
        let protocol = Protocol::from(NETLINK_SOCK_DIAG);
        let line = socket2::Socket::new(Domain::from(AF_NETLINK), Type::DGRAM, Some(protocol))?;
        Ok(SocketTable { line })
    }

    /// Sockets whose other end is one of `servers`: the subject's side of its connections to the simulator.
    ///
    /// # Errors
    /// When the kernel refuses the dump.
    pub fn towards(&mut self, servers: &[SocketAddr]) -> io::Result<Vec<Socket>> {
        let mut found = Vec::new();
        for server in servers {
            for family in FAMILIES {
                self.dump(&request(family, 0, server.port()), &mut found)?;
            }
        }
        found.retain(|socket| servers.contains(&socket.remote));
        Ok(found)
    }

    /// Sockets whose own end is one of `servers`: the simulator's side.
    ///
    /// # Errors
    /// When the kernel refuses the dump.
    pub fn of(&mut self, servers: &[SocketAddr]) -> io::Result<Vec<Socket>> {
        let mut found = Vec::new();
        for server in servers {
            for family in FAMILIES {
                self.dump(&request(family, server.port(), 0), &mut found)?;
            }
        }
        found.retain(|socket| servers.contains(&socket.local));
        Ok(found)
    }

    fn dump(&mut self, request: &[u8], found: &mut Vec<Socket>) -> io::Result<()> {
        // An unconnected netlink socket sends to the kernel.
        self.line.write_all(request)?;
        let mut buffer = vec![0u8; READ];
        loop {
            let length = self.line.read(&mut buffer)?;
            let dump = parse_dump(&buffer[..length]).map_err(|error| match error {
                DiagError::Refused(errno) => io::Error::from_raw_os_error(errno),
                DiagError::CutShort => io::Error::other(error),
            })?;
            found.extend(dump.sockets);
            if dump.done {
                return Ok(());
            }
        }
    }
}

/// `struct nlmsghdr` and `struct inet_diag_req_v2`; the kernel itself filters by the ports that are not 0.
fn request(family: u8, local_port: u16, remote_port: u16) -> [u8; 72] {
    let mut bytes = [0u8; 72];
    bytes[0..4].copy_from_slice(&72u32.to_ne_bytes());
    bytes[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes[6..8].copy_from_slice(&REQUEST_DUMP.to_ne_bytes());
    bytes[16] = family;
    bytes[17] = TCP;
    bytes[18] = WITH_SKMEM;
    bytes[20..24].copy_from_slice(&STATES.to_ne_bytes());
    bytes[24..26].copy_from_slice(&local_port.to_be_bytes());
    bytes[26..28].copy_from_slice(&remote_port.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn sees_both_ends_and_what_lies_unread() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let client = TcpStream::connect(server).unwrap();
        let (mut accepted, _) = listener.accept().unwrap();
        accepted.write_all(&[7; 1000]).unwrap();

        let mut table = SocketTable::open().unwrap();
        let ours = table.towards(&[server]).unwrap();
        assert_eq!(ours.len(), 1);
        assert_eq!(ours[0].local, client.local_addr().unwrap());
        assert_eq!(ours[0].unread_bytes, 1000);
        assert!(ours[0].memory.receive_bytes >= 1000, "{:?}", ours[0].memory);
        let theirs = table.of(&[server]).unwrap();
        assert_eq!(theirs.len(), 1);
        assert_eq!(theirs[0].remote, client.local_addr().unwrap());
    }
}
