//! The program behind `heap-3.json` and `heap-10.json`: it holds known amounts for N streams and writes its heap profile.
//!
//! Built as `src/main.rs` of a package `holder` with dhat 0.3.3, bytes 1.12.1 and Rust 1.95.0, release profile with
//! `debug = 1`, and run as `holder 3 heap-3.json` and `holder 10 heap-10.json`. Not compiled by the tests. Line numbers
//! matter: the tests name them.

use std::collections::HashMap;

use bytes::BytesMut;

#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;

/// Fixed: 64 KiB, whatever N is.
#[inline(never)]
fn keep_table() -> Vec<u8> {
    vec![7; 64 * 1024]
}

/// 1000 bytes for each stream.
#[inline(never)]
fn keep_box(n: u8) -> Box<[u8; 1000]> {
    Box::new([n; 1000])
}

/// 4096 bytes for each stream, asked for by another crate on behalf of this one.
#[inline(never)]
fn keep_buffer() -> BytesMut {
    BytesMut::with_capacity(4096)
}

/// Grows by `push`, so the live block comes from a realloc: 100 words make a capacity of 128, 1024 bytes.
#[inline(never)]
fn keep_grown(n: u64) -> Vec<u64> {
    let mut words = Vec::new();
    for i in 0..100 {
        words.push(i * n);
    }
    words
}

/// Freed before the end: has no live bytes.
#[inline(never)]
fn drop_text(n: usize) -> usize {
    format!("{n:>500}").len()
}

/// Calls back, so that the site is a closure of `main`.
#[inline(never)]
fn apply<T, F: Fn(u8) -> T>(n: u8, f: F) -> T {
    f(n)
}

fn main() {
    let mut args = std::env::args().skip(1);
    let n: u8 = args.next().unwrap().parse().unwrap();
    let profiler = dhat::Profiler::builder()
        .file_name(args.next().unwrap())
        .build();
    let table = keep_table();
    let mut map: HashMap<u8, [u8; 48]> = HashMap::with_capacity(16);
    let mut held = Vec::with_capacity(n.into());
    for i in 0..n {
        map.insert(0, [i; 48]);
        let text = drop_text(i.into());
        held.push((
            keep_box(i),
            keep_buffer(),
            keep_grown(i.into()),
            apply(i, |b| vec![b; 200].into_boxed_slice()),
            text,
        ));
    }
    drop(profiler);
    println!("{} {} {}", table.len(), map.len(), held.len());
}
