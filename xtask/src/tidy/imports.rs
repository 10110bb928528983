//! Which file of a crate takes a name from which other one, read from its own `use` lines and paths. Re-exports are
//! followed to the file that defines the name; tests, and what only tests compile, are no part of the picture.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::SourceFile;

/// A module's path below its crate's root; the root's own is empty.
pub(super) type ModulePath = Vec<String>;

/// The modules of one crate by path. A binary's `main.rs` counts as a module `main` of the library beside it.
pub(super) struct Crate {
    name: String,
    modules: BTreeMap<ModulePath, Module>,
}

/// `from` takes something out of `to`: two files of one crate.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone)]
pub(super) struct Import {
    pub(super) from: ModulePath,
    pub(super) to: ModulePath,
    /// The first name that is taken, as it is written.
    pub(super) name: String,
    /// 1-based, in the file of `from`.
    pub(super) line: usize,
}

#[derive(Default)]
struct Module {
    /// An inline module lives in the file of another one.
    file_of: Option<ModulePath>,
    path: String,
    defined: BTreeSet<String>,
    /// Name → the path that `use` gave it, as written.
    bound: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
    /// Every path that is written in the file, with its line.
    named: Vec<(Vec<String>, usize)>,
    /// Children that are compiled for tests only.
    tests: BTreeSet<String>,
}

impl Crate {
    /// The crate in `directory`, from those of `files` that lie in its `src/`.
    pub(super) fn read(directory: &str, files: &[SourceFile]) -> Result<Self> {
        let mut modules = BTreeMap::new();
        let root = format!("{directory}/src/");
        for file in files.iter().filter(|file| file.extension() == "rs") {
            let Some(below) = file.path.strip_prefix(&root) else { continue };
            let parsed =
                syn::parse_file(&file.text).with_context(|| format!("{} does not parse", file.path))?;
            Reader::read(&mut modules, module_path(below), &file.path, &parsed);
        }
        let mut read = Self { name: directory.replace('-', "_"), modules };
        read.leave_out_tests();
        Ok(read)
    }

    /// Every import between two of its files, once a pair, in order.
    pub(super) fn imports(&self) -> Vec<Import> {
        let mut found: BTreeMap<(ModulePath, ModulePath), Import> = BTreeMap::new();
        for (at, module) in &self.modules {
            let from = self.file(at);
            for (path, line) in &module.named {
                let Some(to) = self.resolve(at, path, 0).map(|to| self.file(&to)) else { continue };
                if to == from {
                    continue;
                }
                let name = path.last().cloned().unwrap_or_default();
                let import = Import { from: from.clone(), to: to.clone(), name, line: *line };
                found.entry((from.clone(), to)).or_insert(import);
            }
        }
        found.into_values().collect()
    }

    /// The file of a module, relative to the workspace.
    pub(super) fn path_of(&self, module: &[String]) -> &str {
        self.modules.get(module).map_or("", |module| module.path.as_str())
    }

    fn file(&self, at: &[String]) -> ModulePath {
        self.modules.get(at).and_then(|module| module.file_of.clone()).unwrap_or_else(|| at.to_vec())
    }

    fn leave_out_tests(&mut self) {
        let tests: Vec<ModulePath> = self
            .modules
            .iter()
            .flat_map(|(at, module)| module.tests.iter().map(|test| below(at, test)))
            .collect();
        self.modules.retain(|at, _| !tests.iter().any(|test| at.starts_with(test)));
    }

    /// The module that defines what `path` names inside module `at`; `None` for what other crates define.
    fn resolve(&self, at: &[String], path: &[String], depth: usize) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            // Two names that lead to each other: no compiler takes that.
            _ if depth > 16 => None,
            "crate" => self.descend(&[], rest, depth),
            name if name == self.name => self.descend(&[], rest, depth),
            "self" => self.descend(at, rest, depth),
            "super" => {
                let parent = at.split_last().map_or(at, |(_, parent)| parent);
                match rest.first() {
                    Some(next) if next == "super" => self.resolve(parent, rest, depth + 1),
                    _ => self.descend(parent, rest, depth),
                }
            }
            _ if self.knows(at, first) => self.descend(at, path, depth),
            _ => None,
        }
    }

    fn knows(&self, at: &[String], name: &str) -> bool {
        let Some(module) = self.modules.get(at) else { return false };
        self.modules.contains_key(&below(at, name)) || module.bound.contains_key(name)
    }

    fn descend(&self, at: &[String], path: &[String], depth: usize) -> Option<ModulePath> {
        let Some((first, rest)) = path.split_first() else {
            // A module that is only named: what is taken out of it is named elsewhere.
            return None;
        };
        let child = below(at, first);
        if self.modules.contains_key(&child) {
            return self.descend(&child, rest, depth);
        }
        let module = self.modules.get(at)?;
        if module.defined.contains(first) {
            return Some(at.to_vec());
        }
        if let Some(bound) = module.bound.get(first) {
            let whole: Vec<String> = bound.iter().chain(rest).cloned().collect();
            return self.resolve(at, &whole, depth + 1);
        }
        module.globs.iter().find_map(|glob| {
            let whole: Vec<String> = glob.iter().chain(path).cloned().collect();
            if depth > 16 { None } else { self.resolve(at, &whole, depth + 1) }
        })
    }
}

/// `store/sqlite.rs` → `["store", "sqlite"]`, `lib.rs` → `[]`, `a/mod.rs` → `["a"]`.
fn module_path(below_src: &str) -> ModulePath {
    let mut path: ModulePath = below_src.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|last| last == "mod") || path == ["lib"] {
        path.pop();
    }
    path
}

fn below(at: &[String], name: &str) -> ModulePath {
    at.iter().cloned().chain([name.to_owned()]).collect()
}

/// Fills the modules of one file.
struct Reader<'a> {
    modules: &'a mut BTreeMap<ModulePath, Module>,
    file: ModulePath,
    path: &'a str,
    at: ModulePath,
}

impl<'a> Reader<'a> {
    fn read(
        modules: &'a mut BTreeMap<ModulePath, Module>,
        file: ModulePath,
        path: &'a str,
        parsed: &syn::File,
    ) {
        let mut reader = Self { modules, at: file.clone(), file, path };
        reader.here();
        reader.visit_file(parsed);
    }

    fn here(&mut self) -> &mut Module {
        let module = self.modules.entry(self.at.clone()).or_default();
        self.path.clone_into(&mut module.path);
        if self.at != self.file {
            module.file_of = Some(self.file.clone());
        }
        module
    }

    fn use_tree(&mut self, tree: &syn::UseTree, mut path: Vec<String>) {
        match tree {
            syn::UseTree::Path(step) => {
                path.push(step.ident.to_string());
                self.use_tree(&step.tree, path);
            }
            syn::UseTree::Name(leaf) => {
                let name = leaf.ident.to_string();
                if name == "self" {
                    let name = path.last().cloned().unwrap_or_default();
                    return self.bind(name, path, leaf.ident.span());
                }
                path.push(name.clone());
                self.bind(name, path, leaf.ident.span());
            }
            syn::UseTree::Rename(leaf) => {
                if leaf.ident != "self" {
                    path.push(leaf.ident.to_string());
                }
                self.bind(leaf.rename.to_string(), path, leaf.ident.span());
            }
            syn::UseTree::Glob(_) => self.here().globs.push(path),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(tree, path.clone());
                }
            }
        }
    }

    fn bind(&mut self, name: String, path: Vec<String>, span: Span) {
        let line = span.start().line;
        let module = self.here();
        module.named.push((path.clone(), line));
        module.bound.insert(name, path);
    }

    /// Macros hide their paths from the parser; those that begin at a known place are found all the same.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.end(&mut path, line);
                        line = ident.span().start().line;
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.end(&mut path, line);
                    self.tokens(group.stream());
                    colons = 0;
                }
                _ => {
                    self.end(&mut path, line);
                    colons = 0;
                }
            }
        }
        self.end(&mut path, line);
    }

    fn end(&mut self, path: &mut Vec<String>, line: usize) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.here().named.push((path, line));
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let (name, attributes) = match item {
            syn::Item::Const(item) => (Some(&item.ident), &item.attrs),
            syn::Item::Enum(item) => (Some(&item.ident), &item.attrs),
            syn::Item::Fn(item) => (Some(&item.sig.ident), &item.attrs),
            syn::Item::Macro(item) => (item.ident.as_ref(), &item.attrs),
            syn::Item::Mod(item) => (None, &item.attrs),
            syn::Item::Static(item) => (Some(&item.ident), &item.attrs),
            syn::Item::Struct(item) => (Some(&item.ident), &item.attrs),
            syn::Item::Trait(item) => (Some(&item.ident), &item.attrs),
            syn::Item::Type(item) => (Some(&item.ident), &item.attrs),
            syn::Item::Use(item) => (None, &item.attrs),
            syn::Item::Impl(item) => (None, &item.attrs),
            _ => return visit::visit_item(self, item),
        };
        if attributes.iter().any(is_for_tests) {
            if let syn::Item::Mod(module) = item {
                self.here().tests.insert(module.ident.to_string());
            }
            return;
        }
        if let Some(name) = name {
            self.here().defined.insert(name.to_string());
        }
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let before = self.here().named.len();
        self.use_tree(&item.tree, Vec::new());
        // Whoever hands a name on does not need it.
        if !matches!(item.vis, syn::Visibility::Inherited) {
            self.here().named.truncate(before);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if let Some((_, items)) = &item.content {
            self.at.push(item.ident.to_string());
            self.here();
            for item in items {
                self.visit_item(item);
            }
            self.at.pop();
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let line = path.segments.first().map_or(0, |segment| segment.ident.span().start().line);
        if names.len() > 1 {
            self.here().named.push((names, line));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.tokens(called.tokens.clone());
        visit::visit_macro(self, called);
    }
}

/// `#[cfg(test)]`, also inside `all(…)`; `not(test)` is the opposite.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    let text = list.tokens.to_string();
    list.path.is_ident("cfg") && super::has_word(&text, "test") && !text.contains("not (test")
}
