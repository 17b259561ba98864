//! One line of a stack, taken apart and shortened.

/// A frame of the table, without its address: that changes with every start of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// The function as demangled, generics and all.
    pub(super) function: &'a str,
    /// The file, of which dhat keeps the last three parts of the path; empty if unknown.
    pub(super) file: &'a str,
    /// The line; 0 if unknown.
    line: u32,
}

/// Crates that hold memory only for somebody else: the standard library, its hash table, the profiler, and the
/// allocator shims of the compiler (`__rustc::__rust_alloc`).
const PLUMBING: [&str; 6] = ["alloc", "core", "std", "hashbrown", "dhat", "__rustc"];

impl<'a> Frame<'a> {
    /// Takes `0x55d1c3: path::function (file.rs:12:5)` apart. Anything else becomes a function without a file.
    pub(super) fn parse(frame: &'a str) -> Self {
        let text = match frame.split_once(": ") {
            Some((address, rest)) if address.starts_with("0x") => rest,
            _ => frame,
        };
        let bare = Frame { function: text, file: "", line: 0 };
        let Some((function, place)) = text.rsplit_once(" (") else {
            return bare;
        };
        let mut place = place.trim_end_matches(')').rsplitn(3, ':').skip(1);
        match (place.next().map(str::parse), place.next()) {
            (Some(Ok(line)), Some("???")) => Frame { function, file: "", line },
            (Some(Ok(line)), Some(file)) => Frame { function, file, line },
            _ => bare,
        }
    }

    /// Whether the function has a module path, as every Rust function has and no C function.
    pub(super) fn has_path(&self) -> bool {
        self.function.starts_with('<') || without_generics(self.function).contains("::")
    }

    /// Whether this frame is an allocator at work. All frames below one belong to it too: the allocator of a program
    /// may well be the program's own type.
    pub(super) fn is_allocator(&self) -> bool {
        let function = self.function.trim_start_matches('<');
        ["alloc::alloc::", "dhat::", "__rust", "__rg_"].iter().any(|start| function.starts_with(start))
            || function.contains(" as core::alloc::global::GlobalAlloc>")
            || function.contains(" as core::alloc::Allocator>")
    }

    /// Whether this frame holds memory only for the one above.
    pub(super) fn is_plumbing(&self) -> bool {
        !self.has_path() || PLUMBING.contains(&self.krate().as_str())
    }

    /// The crate that the function belongs to.
    pub(super) fn krate(&self) -> String {
        let mut name = self.short();
        name.truncate(name.find("::").unwrap_or(name.len()));
        name
    }

    /// `path::Type::function (file.rs:12)`, the same in every run of the same program.
    pub(super) fn label(&self) -> String {
        let name = self.short();
        match (self.file, self.line) {
            ("", _) => name,
            (file, 0) => format!("{name} ({file})"),
            (file, line) => format!("{name} ({file}:{line})"),
        }
    }

    /// The function without generics and closures; the line says which closure it was. A method of a trait is named by
    /// its type, `<a::Type<T> as b::Trait>::f` as `a::Type::f`, or by the trait where the type is a bare parameter, `<T
    /// as b::Trait>::f` as `b::Trait::f`.
    pub(super) fn short(&self) -> String {
        let Some((inner, method)) = leading_bracket(self.function) else {
            return segments(self.function);
        };
        let owner = match split_as(inner) {
            Some((own, of_trait)) if !names_a_crate(own) => of_trait,
            Some((own, _)) => own,
            None => inner,
        };
        segments(&format!("{}::{method}", bare_type(owner)))
    }
}

/// The path without generics: segments that are empty, closures or other compiler-made names such as `{impl#0}` go.
fn segments(path: &str) -> String {
    let plain = without_generics(path);
    let kept: Vec<&str> = plain.split("::").filter(|part| !part.is_empty() && !part.starts_with('{')).collect();
    kept.join("::")
}

/// `text` without what stands in angle brackets.
fn without_generics(text: &str) -> String {
    let mut depth = 0_usize;
    brackets(text)
        .filter_map(|(_, letter, bracket)| {
            match bracket {
                Some(Bracket::Open) => depth += 1,
                Some(Bracket::Close) => depth = depth.saturating_sub(1),
                None if depth == 0 => return Some(letter),
                None => {}
            }
            None
        })
        .collect()
}

enum Bracket {
    Open,
    Close,
}

/// The letters of `text` with their places, and which of them are brackets. The `>` of `->` is none.
fn brackets(text: &str) -> impl Iterator<Item = (usize, char, Option<Bracket>)> {
    let mut before = ' ';
    text.char_indices().map(move |(at, letter)| {
        let bracket = match letter {
            '<' => Some(Bracket::Open),
            '>' if before != '-' => Some(Bracket::Close),
            _ => None,
        };
        before = letter;
        (at, letter, bracket)
    })
}

/// `<inner>rest` as inner and rest.
fn leading_bracket(function: &str) -> Option<(&str, &str)> {
    if !function.starts_with('<') {
        return None;
    }
    let mut depth = 0_usize;
    let close = brackets(function).find_map(|(at, _, bracket)| {
        match bracket? {
            Bracket::Open => depth += 1,
            Bracket::Close => depth = depth.saturating_sub(1),
        }
        (depth == 0).then_some(at)
    })?;
    Some((&function[1..close], &function[close + 1..]))
}

/// `own as of_trait` as own and trait; an `as` inside angle brackets does not count.
fn split_as(inner: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    brackets(inner).find_map(|(at, _, bracket)| {
        match bracket {
            Some(Bracket::Open) => depth += 1,
            Some(Bracket::Close) => depth = depth.saturating_sub(1),
            None if depth == 0 => {
                let of_trait = inner[at..].strip_prefix(" as ")?;
                return Some((&inner[..at], of_trait));
            }
            None => {}
        }
        None
    })
}

/// Whether the type is a path, and no parameter, primitive or projection of one.
fn names_a_crate(own: &str) -> bool {
    !own.starts_with('<') && without_generics(bare_type(own)).contains("::")
}

/// The type behind references, pointers, slices and `dyn`.
fn bare_type(mut own: &str) -> &str {
    loop {
        let inner = own.trim_start_matches(['&', '*', '[', '(', ' ']);
        let inner = ["mut ", "const ", "dyn "].iter().find_map(|word| inner.strip_prefix(word)).unwrap_or(inner);
        if inner == own {
            return own.trim_end_matches([']', ')']);
        }
        own = inner;
    }
}
