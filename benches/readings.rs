//! What one sample of each reading costs.

use divan::{Bencher, black_box};
use std::net::{SocketAddr, TcpListener, TcpStream};
use stream_probe::reading::Ends;
use stream_probe::sampler::{Process, SocketTable, raise_file_limit};

fn main() {
    divan::main();
}

/// This process, with so many MiB touched.
fn process(touched_mib: usize) -> (Process, Vec<u8>) {
    let memory = vec![1u8; touched_mib << 20];
    (Process::open(std::process::id()).expect("this process is in /proc"), memory)
}

const TOUCHED_MIB: [usize; 2] = [1, 200];

#[divan::bench(args = TOUCHED_MIB)]
fn statm(bencher: Bencher<'_, '_>, mib: usize) {
    let (process, _memory) = process(mib);
    bencher.bench(|| process.statm());
}

#[divan::bench(args = TOUCHED_MIB)]
fn smaps_rollup(bencher: Bencher<'_, '_>, mib: usize) {
    let (process, _memory) = process(mib);
    bencher.bench(|| process.smaps_rollup());
}

#[divan::bench]
fn status(bencher: Bencher<'_, '_>) {
    let (process, _memory) = process(1);
    bencher.bench(|| process.status());
}

#[divan::bench]
fn cpu_time(bencher: Bencher<'_, '_>) {
    let (process, _memory) = process(1);
    bencher.bench(|| process.cpu_time());
}

/// From inside, as the built-in subject reports itself.
#[divan::bench]
fn memory_stats() -> Option<memory_stats::MemoryStats> {
    black_box(memory_stats::memory_stats())
}

#[divan::bench(args = [0, 1_000])]
fn sockets(bencher: Bencher<'_, '_>, connections: usize) {
    ask(bencher, connections);
}

/// Beside as many connections of others that are over and wait to be forgotten: the question is of ours alone.
#[divan::bench(args = [10_000, 40_000])]
fn sockets_beside_ended_ones(bencher: Bencher<'_, '_>, ended: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server: SocketAddr = listener.local_addr().expect("a bound listener has an address");
    for _ in 0..ended.saturating_sub(waiting_to_be_forgotten()) {
        // Who closes first waits.
        drop(TcpStream::connect(server).expect("loopback connects"));
        drop(listener.accept().expect("and is accepted"));
    }
    ask(bencher, 24);
}

/// The kernel's own count of them.
fn waiting_to_be_forgotten() -> usize {
    let text = std::fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let mut words = text.split_whitespace().skip_while(|word| *word != "tw");
    words.nth(1).and_then(|count| count.parse().ok()).unwrap_or(0)
}

fn ask(bencher: Bencher<'_, '_>, connections: usize) {
    raise_file_limit(4_000, 1, 0).expect("4,000 files");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server: SocketAddr = listener.local_addr().expect("a bound listener has an address");
    let pairs: Vec<(TcpStream, TcpStream)> = (0..connections)
        .map(|_| {
            let client = TcpStream::connect(server).expect("loopback connects");
            (client, listener.accept().expect("and is accepted").0)
        })
        .collect();
    let ends = |(client, _): &(TcpStream, TcpStream)| Ends {
        local: client.local_addr().expect("a connected socket has an address"),
        remote: server,
    };
    let ends: Vec<Ends> = pairs.iter().map(ends).collect();
    let mut table = SocketTable::open().expect("this kernel has sock_diag");
    bencher.bench_local(|| assert_eq!(table.ask(&ends).expect("an answer").len(), pairs.len()));
}
