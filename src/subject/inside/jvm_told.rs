//! What HotSpot answers to `GC.heap_info` and `GC.class_histogram`, of which only what every version and collector has in common is read.

use std::ops::Range;

/// The bytes of all objects: the last line of a histogram, `Total`, their number, their bytes.
pub fn alive_bytes(histogram: &str) -> Option<u64> {
    histogram.lines().rev().find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let (name, objects, bytes, end) = (words.next()?, words.next()?, words.next()?, words.next());
        let is_sum = name == "Total" && objects.parse::<u64>().is_ok() && end.is_none();
        is_sum.then(|| bytes.parse().ok())?
    })
}

/// From where to where the heap is reserved. Serial, Parallel, G1, Shenandoah and Epsilon print the addresses of their parts in brackets, the
/// first one and, last, the one behind them; ZGC prints none. What follows on `Metaspace` is none of it.
pub fn heap_addresses(heap_info: &str) -> Option<Range<u64>> {
    let of_heap = heap_info.lines().take_while(|line| !line.trim_start().starts_with("Metaspace"));
    let parts = of_heap.filter_map(|line| {
        let (inside, _) = line.split_once('[')?.1.split_once(')')?;
        let addresses: Option<Vec<u64>> = inside.split(',').map(address).collect();
        let addresses = addresses?;
        let part = *addresses.first()?..*addresses.last()?;
        (!part.is_empty()).then_some(part)
    });
    parts.reduce(|all, part| all.start.min(part.start)..all.end.max(part.end))
}

fn address(text: &str) -> Option<u64> {
    u64::from_str_radix(text.trim().strip_prefix("0x")?, 16).ok()
}

/// Whether this is the file in memory in which ZGC has its heap (OpenJDK, src/hotspot/os/linux/gc/z/zPhysicalMemoryBacking_linux.cpp).
pub fn has_heap_file(path: &str) -> bool {
    path.contains("java_heap")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sums_of_histograms() {
        let histogram = " num     #instances         #bytes  class name (module)\n-----\n   1:          1893        4354312  [B (java.base@17.0.15)\n\
                         Total          9296       34016632\n";
        assert_eq!(alive_bytes(histogram), Some(34_016_632));
        assert_eq!(alive_bytes("   1:  1  16  Total\nTotal 1 16 x\nTotal x 16\n"), None);
        assert_eq!(alive_bytes(""), None);
    }

    /// Of OpenJDK 17 and 25, shortened.
    #[test]
    fn addresses_of_every_collector() {
        let metaspace =
            " Metaspace       used 131K, committed 320K, reserved 1114112K [0x0000000000000010, 0x0000ffff00000000)\n";
        for (told, from, to) in [
            (
                " def new generation   total 116160K, used 114108K [0x0000000687400000, 0x000000068f200000, 0x0000000704d50000)\n  \
                 eden space 103296K,  98% used [0x0000000687400000, 0x000000068d6fec38, 0x000000068d8e0000)\n \
                 tenured generation   total 258048K, used 4096K [0x0000000704d50000, 0x0000000714950000, 0x0000000800000000)\n",
                0x6_8740_0000,
                0x8_0000_0000,
            ),
            (
                " PSYoungGen      total 210432K, used 25591K [0x0000000782700000, 0x0000000790400000, 0x0000000800000000)\n  \
                 eden space 194560K, 6% used [0x0000000782700000,0x0000000783381d80,0x000000078e500000)\n \
                 ParOldGen       total 258048K, used 20488K [0x0000000687400000, 0x0000000697000000, 0x0000000782700000)\n",
                0x6_8740_0000,
                0x8_0000_0000,
            ),
            (
                "garbage-first heap   total reserved 6172672K, committed 393216K, used 128222K [0x0000000687400000, 0x0000000800000000)\n \
                 region size 4096K, 16 young (65536K), 1 survivors (4096K)\n",
                0x6_8740_0000,
                0x8_0000_0000,
            ),
            (
                "Shenandoah Heap\n 6028M max, 6028M soft max, 378M committed, 198M used\nReserved region:\n - [0x0000000687400000, \
                 0x0000000800000000) \nCollection set:\n - map (vanilla): 0x000000000001343a\n",
                0x6_8740_0000,
                0x8_0000_0000,
            ),
            (
                "Epsilon Heap\n Allocation space:\n  space 385692K,  51% used [0x000000068759c000, 0x00000006936fbc10, 0x000000069ee43000)\n",
                0x6_8759_c000,
                0x6_9ee4_3000,
            ),
        ] {
            assert_eq!(heap_addresses(&(told.to_owned() + metaspace)), Some(from..to), "{told}");
        }
        let zgc = " ZHeap           used 242M, capacity 378M, max capacity 6028M\n".to_owned() + metaspace;
        assert_eq!(heap_addresses(&zgc), None);
        assert!(has_heap_file("/memfd:java_heap") && !has_heap_file("/tmp/heap"));
    }

    proptest! {
        /// Whatever is told, and whatever stands before the sum.
        #[test]
        fn nothing_told_is_too_strange(strange in "\\PC*(\n\\PC*)*", objects: u64, bytes: u64, from: u64, length: u32) {
            let _ = (alive_bytes(&strange), heap_addresses(&strange));
            prop_assert_eq!(alive_bytes(&format!("{strange}\nTotal {objects:>13} {bytes:>14}\n")), Some(bytes));
            let to = from.saturating_add(u64::from(length));
            let told = heap_addresses(&format!("heap total 1K, used 1K [{from:#018x}, {to:#018x})\n"));
            prop_assert_eq!(told, (from < to).then_some(from..to));
        }
    }
}
