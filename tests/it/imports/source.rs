//! The source tree as a graph: which file names which, and which types each file declares.
//!
//! Read are `use` trees, paths in code and types, macro calls and definitions, attributes with the paths in their texts
//! (`#[serde(with = "crate::…")]`), and the code in doc comments that is compiled as a test. Another name for the crate
//! or for a module above (`use crate as root`) is followed. Left out are tests, and links in doc comments.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemUse, Meta, UseTree, Visibility};

/// The name of the crate in code outside of it, as in a doc test.
const CRATE: &str = "attune";

/// The path of a module below the crate, such as `["mixer", "graph"]`.
type Module = Vec<String>;

/// One file of `src/`, without its tests.
#[derive(Debug, Default)]
pub(super) struct SourceFile {
    /// Relative to `src/`.
    pub(super) path: String,
    module: Module,
    /// Names of all items that the file declares.
    items: BTreeSet<String>,
    /// Names of the types among them.
    types: Vec<String>,
    /// Files of child modules that exist in tests only.
    test_modules: BTreeSet<String>,
    children: BTreeSet<String>,
    /// Public re-exports: the name (`*` for all) and where it comes from.
    reexports: Vec<(String, Module)>,
    /// Every other path that the file names, from the root of the crate.
    uses: BTreeSet<Module>,
}

impl SourceFile {
    fn parse(path: &str, text: &str) -> Self {
        let module = module_of(path);
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut source = Self { path: path.to_owned(), module: module.clone(), ..Self::default() };
        source.children = children(&file.items);
        let aliases = aliases(&file.items);
        let mut collector = Collector { source: &mut source, inside: module, depth: 0, aliases };
        collector.visit_file(&file);
        collector.read_doc_tests(text);
        source
    }

    /// The first folder or file below `src/`.
    fn room(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }
}

/// All files of a crate.
pub(super) struct SourceTree {
    files: BTreeMap<Module, SourceFile>,
}

/// An arrow from one file to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    pub(super) from: String,
    pub(super) to: String,
}

impl SourceTree {
    /// Reads every `.rs` file below `root`.
    pub(super) fn read(root: &Path) -> Self {
        let mut texts = Vec::new();
        read_folder(root, root, &mut texts);
        Self::parse(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())))
    }

    /// A tree from paths and texts.
    pub(super) fn parse<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut files: BTreeMap<Module, SourceFile> = texts
            .into_iter()
            .map(|(path, text)| SourceFile::parse(path, text))
            .map(|file| (file.module.clone(), file))
            .collect();
        let test_modules: Vec<Module> = files
            .values()
            .flat_map(|file| file.test_modules.iter().map(|name| joined(&file.module, name)))
            .collect();
        files.retain(|module, _| !test_modules.iter().any(|test| module.starts_with(test)));
        Self { files }
    }

    pub(super) fn file_count(&self) -> usize {
        self.files.len()
    }

    /// The rooms that the tree has.
    pub(super) fn rooms(&self) -> BTreeSet<&str> {
        self.files.values().map(SourceFile::room).filter(|room| !room.is_empty()).collect()
    }

    /// Imports of a room that is not before the importing one in `order`.
    pub(super) fn upward_imports(&self, order: &[&str]) -> Vec<Import> {
        let floor = |room: &str| order.iter().position(|known| *known == room);
        let mut upward = Vec::new();
        for file in self.files.values().filter(|file| floor(file.room()).is_some()) {
            let named = file.uses.iter().chain(file.reexports.iter().map(|(_, target)| target));
            for target in named.filter(|target| target.first().is_some_and(|room| floor(room).is_some())) {
                if floor(&target[0]) > floor(file.room()) {
                    upward.push(Import { from: file.path.clone(), to: target.join("::") });
                }
            }
        }
        upward
    }

    /// Files that import each other, each circle as the list of its files.
    pub(super) fn circles(&self) -> Vec<Vec<String>> {
        let arrows: BTreeMap<&Module, BTreeSet<&Module>> = self
            .files
            .iter()
            .map(|(module, file)| {
                let targets = file.uses.iter().filter_map(|path| self.owner(path, 0));
                (module, targets.filter(|target| *target != module).collect())
            })
            .collect();
        let reach: BTreeMap<&Module, BTreeSet<&Module>> =
            arrows.keys().map(|module| (*module, reachable(module, &arrows))).collect();
        let mut circles = BTreeSet::new();
        for (module, reached) in &reach {
            let circle: Vec<String> = reached
                .iter()
                .filter(|other| reach[*other].contains(module))
                .map(|other| self.files[*other].path.clone())
                .collect();
            if !circle.is_empty() {
                circles.insert(circle);
            }
        }
        circles.into_iter().collect()
    }

    /// Names of types that more than one place declares, with the files.
    pub(super) fn doubled_types(&self) -> Vec<(String, Vec<String>)> {
        let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for file in self.files.values() {
            for name in &file.types {
                places.entry(name).or_default().push(file.path.clone());
            }
        }
        let doubled = places.into_iter().filter(|(_, files)| files.len() > 1);
        doubled.map(|(name, files)| (name.to_owned(), files)).collect()
    }

    /// The file that declares what a path names, through re-exports.
    fn owner(&self, path: &[String], depth: usize) -> Option<&Module> {
        let (module, file) =
            (1..=path.len()).rev().find_map(|length| self.files.get_key_value(&path[..length]))?;
        let Some(name) = path.get(module.len()) else { return Some(module) };
        if depth > 8 || file.items.contains(name) {
            return Some(module);
        }
        let named = file.reexports.iter().find(|(exported, _)| exported == name);
        if let Some((_, target)) = named {
            return self.owner(target, depth + 1).or(Some(module));
        }
        let globs = file.reexports.iter().filter(|(exported, _)| exported == "*");
        for (_, target) in globs {
            if self.files.get(target).is_some_and(|file| file.items.contains(name)) {
                return self.owner(target, depth + 1);
            }
        }
        Some(module)
    }
}

fn reachable<'a>(
    start: &'a Module,
    arrows: &BTreeMap<&'a Module, BTreeSet<&'a Module>>,
) -> BTreeSet<&'a Module> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&Module> = arrows[start].iter().copied().collect();
    while let Some(next) = open.pop() {
        if seen.insert(next) {
            open.extend(&arrows[next]);
        }
    }
    seen
}

fn read_folder(root: &Path, folder: &Path, texts: &mut Vec<(String, String)>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            read_folder(root, &path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("readable source");
            let relative = path.strip_prefix(root).expect("below the root");
            texts.push((relative.to_string_lossy().into_owned(), text));
        }
    }
}

/// `mixer/graph/mod.rs` and `mixer/graph.rs` are the module `mixer::graph`.
fn module_of(path: &str) -> Module {
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    match path {
        "lib" | "main" => Vec::new(),
        path => path.split('/').map(str::to_owned).collect(),
    }
}

fn joined(module: &[String], name: &str) -> Module {
    let mut module = module.to_vec();
    module.push(name.to_owned());
    module
}

fn children(items: &[Item]) -> BTreeSet<String> {
    let modules = items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() => Some(module.ident.to_string()),
        _ => None,
    });
    modules.collect()
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

/// Other names for the crate and for modules above, as `use crate as root` and `use super as parent` make them. A `use`
/// of a name below is an import of its own, whatever it is called.
fn aliases(items: &[Item]) -> BTreeMap<String, Module> {
    let mut aliases = BTreeMap::new();
    for item in items {
        match item {
            Item::Use(item) => collect_aliases(&item.tree, &[], &mut aliases),
            Item::ExternCrate(item) if item.ident == "self" => {
                if let Some((_, name)) = &item.rename {
                    aliases.insert(name.to_string(), vec!["crate".to_owned()]);
                }
            }
            _ => {}
        }
    }
    aliases
}

fn collect_aliases(tree: &UseTree, before: &[String], aliases: &mut BTreeMap<String, Module>) {
    match tree {
        UseTree::Path(path) => {
            collect_aliases(&path.tree, &joined(before, &path.ident.to_string()), aliases);
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                collect_aliases(tree, before, aliases);
            }
        }
        UseTree::Rename(rename) => {
            let mut path = joined(before, &rename.ident.to_string());
            if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            if path.iter().all(|segment| matches!(segment.as_str(), "crate" | "self" | "super")) {
                aliases.insert(rename.rename.to_string(), path);
            }
        }
        UseTree::Name(_) | UseTree::Glob(_) => {}
    }
}

/// The code in the doc comments of a file that `cargo test` compiles.
fn doc_tests(text: &str) -> Vec<String> {
    let is_code = |info: &str| {
        info.split(',').map(str::trim).all(|word| {
            matches!(word, "" | "rust" | "no_run" | "should_panic" | "compile_fail")
                || word.starts_with("edition")
        })
    };
    let (mut tests, mut fence) = (Vec::new(), None);
    for line in text.lines().map(str::trim_start) {
        let Some(doc) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) else {
            fence = None;
            continue;
        };
        let doc = doc.trim();
        match (doc.strip_prefix("```"), &mut fence) {
            (Some(info), None) => fence = Some(is_code(info).then(String::new)),
            (Some(_), Some(code)) => {
                tests.extend(code.take());
                fence = None;
            }
            (None, Some(Some(code))) => {
                // A line that is compiled and not shown.
                code.push_str(doc.strip_prefix("# ").unwrap_or(doc));
                code.push('\n');
            }
            (None, _) => {}
        }
    }
    tests
}

struct Collector<'a> {
    source: &'a mut SourceFile,
    /// The module that is being read: the file's own, or one written inside of it.
    inside: Module,
    /// How many functions and blocks surround what is being read.
    depth: usize,
    /// Other names for the crate and modules above it, as paths.
    aliases: BTreeMap<String, Module>,
}

impl Collector<'_> {
    fn declare(&mut self, name: &syn::Ident, is_type: bool) {
        if self.depth == 0 {
            self.source.items.insert(name.to_string());
            if is_type {
                self.source.types.push(name.to_string());
            }
        }
    }

    /// A path as written, from the root of the crate; nothing for other crates and local names.
    fn absolute(&self, segments: &[String]) -> Option<Module> {
        let first = segments.first()?;
        let full: Module = match self.aliases.get(first) {
            Some(path) => path.iter().chain(&segments[1..]).cloned().collect(),
            None => segments.to_vec(),
        };
        let mut base = self.inside.clone();
        let mut rest = full.as_slice();
        match full.first()?.as_str() {
            "crate" => {
                base.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {}
            first if self.source.children.contains(first) => {}
            _ => return None,
        }
        while rest.first().is_some_and(|segment| segment == "super") {
            base.pop();
            rest = &rest[1..];
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    fn record(&mut self, segments: &[String]) {
        if let Some(path) = self.absolute(segments) {
            self.source.uses.insert(path);
        }
    }

    fn record_use(&mut self, tree: &UseTree, before: &[String], exported: bool) {
        match tree {
            UseTree::Path(path) => {
                self.record_use(&path.tree, &joined(before, &path.ident.to_string()), exported);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.record_use(tree, before, exported);
                }
            }
            UseTree::Name(name) => self.record_name(before, &name.ident.to_string(), None, exported),
            UseTree::Rename(rename) => {
                let new = rename.rename.to_string();
                self.record_name(before, &rename.ident.to_string(), Some(new), exported);
            }
            UseTree::Glob(_) => self.record_name(before, "self", Some("*".to_owned()), exported),
        }
    }

    fn record_name(&mut self, before: &[String], name: &str, new: Option<String>, exported: bool) {
        let path = if name == "self" { before.to_vec() } else { joined(before, name) };
        let Some(target) = self.absolute(&path) else { return };
        if exported && self.depth == 0 {
            let name = new.or_else(|| path.last().cloned()).expect("a use names something");
            self.source.reexports.push((name, target));
        } else {
            self.source.uses.insert(target);
        }
    }

    /// Paths from the root and type declarations inside of macro calls, which `syn` leaves unread.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let word = |at: usize| match tokens.get(at) {
            Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
            _ => None,
        };
        let colons = |at: usize| {
            let colon =
                |at| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
            colon(at) && colon(at + 1)
        };
        for (at, token) in tokens.iter().enumerate() {
            if let TokenTree::Group(group) = token {
                self.read_tokens(group.stream());
            }
            let Some(first) = word(at).filter(|_| at < 2 || !colons(at - 2)) else { continue };
            if matches!(first.as_str(), "struct" | "enum" | "union" | "trait") {
                if let Some(TokenTree::Ident(name)) = tokens.get(at + 1) {
                    self.declare(name, true);
                }
                continue;
            }
            let mut segments = vec![first];
            let mut next = at + 1;
            while let (true, Some(segment)) = (colons(next), word(next + 2)) {
                segments.push(segment);
                next += 3;
            }
            match tokens.get(next + 2).filter(|_| colons(next)) {
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.read_braces(&segments, group.stream());
                }
                _ if segments.len() > 1 => self.record(&segments),
                _ => {}
            }
        }
    }

    /// The braces of a `use` inside of a macro: `crate::{a::B, c}`.
    fn read_braces(&mut self, before: &[String], tokens: TokenStream) {
        let mut segments = before.to_vec();
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ',' => {
                    self.record_below(before, &segments);
                    segments.truncate(before.len());
                }
                TokenTree::Ident(ident) if ident != "self" => segments.push(ident.to_string()),
                TokenTree::Group(group) => self.read_braces(&segments, group.stream()),
                _ => {}
            }
        }
        self.record_below(before, &segments);
    }

    fn record_below(&mut self, before: &[String], segments: &[String]) {
        if segments.len() > before.len() {
            self.record(segments);
        }
    }

    /// Paths in the texts of an attribute, as serde and others take them.
    fn read_texts(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.read_texts(group.stream()),
                TokenTree::Literal(literal) => self.read_text(&literal.to_string()),
                _ => {}
            }
        }
    }

    fn read_text(&mut self, literal: &str) {
        let path = literal.trim_matches('"');
        let segments: Vec<String> = path.split("::").map(str::to_owned).collect();
        let is_path = |segment: &String| {
            !segment.is_empty() && segment.chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        if segments.len() > 1 && segments.iter().all(is_path) {
            self.record(&segments);
        }
    }

    /// The code in doc comments that is compiled. It names the crate from outside.
    fn read_doc_tests(&mut self, text: &str) {
        self.aliases.insert(CRATE.to_owned(), vec!["crate".to_owned()]);
        self.depth += 1;
        for test in doc_tests(text) {
            // What is no code is found by the compiler.
            if let Ok(tokens) = TokenStream::from_str(&test) {
                self.read_tokens(tokens);
            }
        }
        self.depth -= 1;
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name, is_type): (&[Attribute], Option<&syn::Ident>, bool) = match item {
            Item::Struct(item) => (&item.attrs, Some(&item.ident), true),
            Item::Enum(item) => (&item.attrs, Some(&item.ident), true),
            Item::Union(item) => (&item.attrs, Some(&item.ident), true),
            Item::Trait(item) => (&item.attrs, Some(&item.ident), true),
            Item::Type(item) => (&item.attrs, Some(&item.ident), true),
            Item::Fn(item) => (&item.attrs, Some(&item.sig.ident), false),
            Item::Const(item) => (&item.attrs, Some(&item.ident), false),
            Item::Static(item) => (&item.attrs, Some(&item.ident), false),
            Item::Macro(item) => (&item.attrs, item.ident.as_ref(), false),
            Item::Mod(item) => (&item.attrs, None, false),
            Item::Impl(item) => (&item.attrs, None, false),
            Item::Use(item) => (&item.attrs, None, false),
            _ => (&[], None, false),
        };
        if is_test(attributes) {
            if let Item::Mod(module) = item {
                self.source.test_modules.insert(module.ident.to_string());
            }
            return;
        }
        if let Some(name) = name {
            self.declare(name, is_type);
        }
        match item {
            Item::Mod(module) if module.content.is_some() => {
                self.inside.push(module.ident.to_string());
                visit::visit_item(self, item);
                self.inside.pop();
            }
            Item::Fn(_) | Item::Impl(_) => {
                self.depth += 1;
                visit::visit_item(self, item);
                self.depth -= 1;
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let exported = !matches!(item.vis, Visibility::Inherited);
        self.record_use(&item.tree, &[], exported);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.record(&segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        match &attribute.meta {
            Meta::List(list) => {
                self.read_tokens(list.tokens.clone());
                self.read_texts(list.tokens.clone());
            }
            Meta::NameValue(value) if !attribute.path().is_ident("doc") => {
                if let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &value.value {
                    self.read_text(&text.value());
                }
            }
            Meta::NameValue(_) | Meta::Path(_) => {}
        }
    }

    /// `pub(in crate::mixer)` names a module without using anything of it.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.read_tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }
}
