//! Asks the kernel for TCP sockets over netlink: man page sock_diag(7).

use crate::reading::sockets::{AF_INET, Message, parse, question, question_whether_there_is_any};
use crate::reading::{Ends, Socket};
use nix::errno::Errno;
use socket2::{Domain, Protocol, Type};
use std::io::{self, Read, Write};
use std::time::Duration;

/// `AF_NETLINK`.
const AF_NETLINK: i32 = 16;
/// `NETLINK_SOCK_DIAG`.
const NETLINK_SOCK_DIAG: i32 = 4;
/// The kernel puts no more than 32 KiB into an answer.
const READ: usize = 32 * 1024;
/// Questions that are asked at once. Every answer lies in the receive queue with some 1.5 kB, of which 208 KiB fit by default.
const AT_ONCE: usize = 64;
/// The kernel answers while it is asked. What has not come then was lost.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// An open line to the kernel's socket tables.
pub struct SocketTable {
    line: socket2::Socket,
    buffer: Vec<u8>,
}

impl SocketTable {
    /// Opens it. No privilege is needed to see sockets of one's own network namespace.
    ///
    /// # Errors
    /// When the kernel has no `sock_diag`, or none of TCP (`CONFIG_INET_DIAG`), as in small kernels and some sandboxes.
    pub fn open() -> io::Result<SocketTable> {
        SocketTable::of_family(AF_INET)
    }

    fn of_family(family: u8) -> io::Result<SocketTable> {
        let protocol = Protocol::from(NETLINK_SOCK_DIAG);
        let line = socket2::Socket::new(Domain::from(AF_NETLINK), Type::DGRAM, Some(protocol))?;
        line.set_read_timeout(Some(ANSWER_WITHIN))?;
        let mut table = SocketTable { line, buffer: vec![0; READ] };
        // The line opens also where nobody answers about this family. That has to be known: later the same refusal means that a socket is gone.
        table.line.write_all(&question_whether_there_is_any(family))?;
        match table.answers()?[..] {
            [Message::Refused(errno), ..] => Err(io::Error::from_raw_os_error(errno)),
            _ => Ok(table),
        }
    }

    /// The sockets that have these ends and still hold a conversation. Asked for one by one, in which the kernel looks up each in its table:
    /// a dump would walk through all sockets of the machine: for one connection 12 ms beside 24,000 that wait to be forgotten (TIME_WAIT), where
    /// this takes 4 µs.
    ///
    /// # Errors
    /// When the kernel refuses to answer.
    pub fn ask(&mut self, connections: &[Ends]) -> io::Result<Vec<Socket>> {
        let mut found = Vec::with_capacity(connections.len());
        for some in connections.chunks(AT_ONCE) {
            let questions: Vec<u8> = some.iter().copied().flat_map(question).collect();
            // An unconnected netlink socket sends to the kernel, which answers each question with one message, in their order.
            self.line.write_all(&questions)?;
            let mut unanswered = some.iter();
            while !unanswered.as_slice().is_empty() {
                for (message, asked) in self.answers()?.into_iter().zip(&mut unanswered) {
                    match message {
                        // Of a connection that is gone the kernel finds who listens there.
                        Message::Socket(socket) if socket.in_conversation && socket.ends == *asked => {
                            found.push(socket)
                        }
                        Message::Refused(errno) if errno != Errno::ENOENT as i32 => {
                            return Err(io::Error::from_raw_os_error(errno));
                        }
                        Message::Socket(_) | Message::Refused(_) | Message::Done => {}
                    }
                }
            }
        }
        Ok(found)
    }

    /// The next messages.
    fn answers(&mut self) -> io::Result<Vec<Message>> {
        let length = self.line.read(&mut self.buffer)?;
        parse(&self.buffer[..length]).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};
    use std::time::{Duration, Instant};

    /// A connection: the client's end, the server's, and the client's addresses.
    fn connect(listener: &TcpListener) -> (TcpStream, TcpStream, Ends) {
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let ends = Ends { local: client.local_addr().unwrap(), remote: client.peer_addr().unwrap() };
        (client, listener.accept().unwrap().0, ends)
    }

    #[test]
    fn sees_both_ends_and_what_lies_unread() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            // A machine may have no IPv6.
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let (_client, mut accepted, ends) = connect(&listener);
            accepted.write_all(&[7; 1000]).unwrap();
            let mut table = SocketTable::open().unwrap();
            let ours = table.ask(&[ends]).unwrap();
            assert_eq!(ours.len(), 1);
            assert_eq!((ours[0].ends, ours[0].unread_bytes), (ends, 1000));
            assert!(ours[0].memory.receive_bytes >= 1000, "{:?}", ours[0].memory);
            let theirs = table.ask(&[ends.reversed()]).unwrap();
            assert_eq!((theirs.len(), theirs[0].ends), (1, ends.reversed()));
        }
    }

    #[test]
    fn more_than_are_asked_at_once_and_none_that_is_gone() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut held: Vec<_> = (0..3 * AT_ONCE).map(|_| connect(&listener)).collect();
        let ends: Vec<Ends> = held.iter().map(|(_, _, ends)| *ends).collect();
        let mut table = SocketTable::open().unwrap();
        assert_eq!(table.ask(&ends).unwrap().len(), ends.len());
        // Both ends are closed: what is left waits to be forgotten, and who listens is no end of it.
        held.truncate(5);
        // The kernel takes leave of the last ones in its own time where other tests keep the processors busy.
        let give_up = Instant::now() + Duration::from_secs(10);
        while table.ask(&ends).unwrap().len() > 5 {
            assert!(Instant::now() < give_up, "{} are still there", table.ask(&ends).unwrap().len());
            std::thread::yield_now();
        }
        assert_eq!(table.ask(&ends).unwrap().len(), 5);
        let servers: Vec<Ends> = ends.iter().copied().map(Ends::reversed).collect();
        assert_eq!(table.ask(&servers).unwrap().len(), 5);
        assert!(table.ask(&[]).unwrap().is_empty());
    }

    /// A family that no kernel has is refused as TCP is where it was left out of the kernel.
    #[test]
    fn a_kernel_that_does_not_answer_is_known_when_the_table_is_opened() {
        let refused = SocketTable::of_family(44).err().expect("44 is no family");
        assert_eq!(refused.raw_os_error(), Some(Errno::ENOENT as i32));
    }
}
