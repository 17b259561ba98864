//! What one sample of each reading costs.

use divan::{Bencher, black_box};
use std::net::{SocketAddr, TcpListener, TcpStream};
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
    raise_file_limit(4_000, 1, 0).expect("4,000 files");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server: SocketAddr = listener.local_addr().expect("a bound listener has an address");
    let pairs: Vec<(TcpStream, TcpStream)> = (0..connections)
        .map(|_| {
            let client = TcpStream::connect(server).expect("loopback connects");
            (client, listener.accept().expect("and is accepted").0)
        })
        .collect();
    let mut table = SocketTable::open().expect("this kernel has sock_diag");
    bencher.bench_local(|| assert_eq!(table.towards(&[server]).expect("a dump").len(), pairs.len()));
}
