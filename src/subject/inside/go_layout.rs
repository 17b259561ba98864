//! Where a Go program has what its runtime knows of its heap: by the symbols and the types for debuggers in its file, which `go build` writes
//! unless it is told not to (`-ldflags=-s`, `go run`).

use flate2::read::ZlibDecoder;
use gimli::{AttributeValue, Dwarf, EndianSlice, RunTimeEndian, SectionId, constants};
use object::read::elf::ElfFile64;
use object::read::{CompressionFormat, ReadCache};
use object::{Endianness, Object, ObjectKind, ObjectSection, ObjectSegment, ObjectSymbol};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A section for debuggers is some tens of megabytes long where a program is large.
const SECTION_BYTES: u64 = 1 << 30;

/// Addresses as the file has them, without what a position-independent program is moved by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// `runtime.forcegcperiod`: after how many nanoseconds without a collection there is one.
    pub period: u64,
    /// `runtime.memstats.last_gc_nanotime`.
    pub last: u64,
    /// `runtime.memstats.numgc`, of 32 bits.
    pub collections: u64,
    /// `runtime.gcController.gcPercent`, of 32 bits: below 0 nothing is collected.
    pub percent: u64,
    /// `runtime.gcController.heapMarked`: what the last collection found alive.
    pub marked: u64,
    /// `runtime.gcController.heapInUse` and `heapFree`: what there is in spans in use, and what is free and not given back.
    pub held: [u64; 2],
    /// The lowest address of the file's segments, where they may be moved.
    pub movable_from: Option<u64>,
}

type Elf<'a> = ElfFile64<'a, Endianness, &'a ReadCache<File>>;

impl Layout {
    /// `None` where it is no Go program of 64 bits, is without what is needed, or is of a Go before 1.19.
    pub fn of(program: &Path) -> Option<Layout> {
        let file = ReadCache::new(File::open(program).ok()?);
        let elf = Elf::parse(&file).ok()?;
        elf.section_by_name(".go.buildinfo")?;
        let wanted = ["runtime.forcegcperiod", "runtime.memstats", "runtime.gcController"];
        let mut symbols: BTreeMap<&str, u64> = BTreeMap::new();
        for symbol in elf.symbols() {
            if let Some(name) = symbol.name().ok().and_then(|name| wanted.into_iter().find(|wanted| *wanted == name)) {
                symbols.insert(name, symbol.address());
            }
        }
        let address = |name: &str| symbols.get(name).copied();
        let (stats, controller) = (address("runtime.memstats")?, address("runtime.gcController")?);
        let fields = fields(&elf, ["runtime.mstats", "runtime.gcControllerState"])?;
        let [of_stats, of_controller] = &fields;
        let stat = |name: &str| Some(stats + of_stats.get(name)?);
        let state = |name: &str| Some(controller + of_controller.get(name)?);
        let is_movable = elf.kind() == ObjectKind::Dynamic;
        Some(Layout {
            period: address("runtime.forcegcperiod")?,
            last: stat("last_gc_nanotime")?,
            collections: stat("numgc")?,
            percent: state("gcPercent")?,
            marked: state("heapMarked")?,
            held: [state("heapInUse")?, state("heapFree")?],
            movable_from: elf.segments().map(|segment| segment.address()).min().filter(|_| is_movable),
        })
    }
}

/// The offsets of the fields of types.
fn fields<const N: usize>(elf: &Elf<'_>, types: [&str; N]) -> Option<[BTreeMap<String, u64>; N]> {
    let endian = if elf.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
    let load = |section: SectionId| -> Result<Cow<'_, [u8]>, gimli::Error> {
        Ok(section_of(elf, section).unwrap_or_default())
    };
    let sections = gimli::DwarfSections::load(load).ok()?;
    let dwarf = sections.borrow(|section| EndianSlice::new(section, endian));
    let mut found = [const { None }; N];
    let mut units = dwarf.units();
    while let Some(header) = units.next().ok()? {
        let unit = dwarf.unit(header).ok()?;
        in_unit(&dwarf, &unit, &types, &mut found)?;
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    let found: Vec<_> = found.into_iter().collect::<Option<_>>()?;
    found.try_into().ok()
}

type Bytes<'a> = EndianSlice<'a, RunTimeEndian>;

/// The same in one unit. `None` where it cannot be read.
fn in_unit(
    dwarf: &Dwarf<Bytes<'_>>,
    unit: &gimli::Unit<Bytes<'_>>,
    types: &[&str],
    found: &mut [Option<BTreeMap<String, u64>>],
) -> Option<()> {
    // Which type is being read, and how deep in the tree it stands.
    let mut inside: Option<(usize, isize)> = None;
    let mut entries = unit.entries();
    while let Some(entry) = entries.next_dfs().ok()? {
        let name = || {
            let name = dwarf.attr_string(unit, entry.attr_value(constants::DW_AT_name)?).ok()?;
            name.to_string().ok()
        };
        if inside.is_some_and(|(_, depth)| entry.depth() <= depth) {
            inside = None;
        }
        match (entry.tag(), inside) {
            (constants::DW_TAG_structure_type, _) => {
                let at = name().and_then(|name| types.iter().position(|wanted| *wanted == name));
                inside = at.map(|at| (at, entry.depth()));
                if let Some(at) = at {
                    found[at] = Some(BTreeMap::new());
                }
            }
            (constants::DW_TAG_member, Some((at, _))) => {
                let offset =
                    entry.attr_value(constants::DW_AT_data_member_location).and_then(|offset| offset_of(&offset));
                if let (Some(name), Some(offset), Some(fields)) = (name(), offset, &mut found[at]) {
                    fields.insert(name.to_owned(), offset);
                }
            }
            _ => {}
        }
    }
    Some(())
}

fn offset_of(value: &AttributeValue<Bytes<'_>>) -> Option<u64> {
    value.udata_value()
}

/// A section's bytes, inflated.
fn section_of<'a>(elf: &Elf<'a>, section: SectionId) -> Option<Cow<'a, [u8]>> {
    let compressed = elf.section_by_name(section.name())?.compressed_data().ok()?;
    match compressed.format {
        CompressionFormat::None => Some(Cow::Borrowed(compressed.data)),
        CompressionFormat::Zlib => {
            let mut inflated = Vec::new();
            ZlibDecoder::new(compressed.data).take(SECTION_BYTES).read_to_end(&mut inflated).ok()?;
            Some(Cow::Owned(inflated))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_no_go_program_has_no_layout() {
        assert_eq!(Layout::of(&std::env::current_exe().unwrap()), None);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        assert_eq!(Layout::of(&file), None);
        for bytes in [b"".as_slice(), b"\x7fELF", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0"] {
            std::fs::write(&file, bytes).unwrap();
            assert_eq!(Layout::of(&file), None);
        }
    }
}
