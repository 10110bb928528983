//! `[[server.user]]`: who may look at the page or act there, each with a token of their own.

use std::collections::BTreeSet;

use secrecy::{ExposeSecret as _, SecretString};

use super::reader::{Section, Shape};
use crate::lang::{Text, both};

/// Somebody who has a token.
#[derive(Debug, Clone)]
pub struct User {
    /// What the journal, the page and the sheets call this person; empty for whoever has `[server] token`.
    pub name: String,
    /// The token.
    pub token: SecretString,
    /// What it allows.
    pub role: Role,
}

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Looking.
    View,
    /// Looking, and everything that can be ordered and decided.
    Act,
}

const ROLES: [(&str, Role); 2] = [("view", Role::View), ("act", Role::Act)];

/// A token of fewer characters can be guessed.
pub(super) const SHORTEST_TOKEN: usize = 16;

const MAKE_ONE: Text = Text::new("生成一个: openssl rand -hex 24", "make one: openssl rand -hex 24");

/// The users, names and tokens distinct, also from `token`.
pub(super) fn read(server: &Section<'_>, token: Option<&SecretString>) -> Vec<User> {
    let (mut names, mut tokens) = (BTreeSet::new(), BTreeSet::new());
    tokens.extend(token.map(|token| token.expose_secret().trim().to_owned()));
    let mut users = Vec::new();
    for section in server.sections("user") {
        let role = section.choice("role", &ROLES);
        let name = section.required_text("name", "\"财务\"");
        let secret = section.required_secret("token", "REFUND_SYNC_TOKEN_FINANCE");
        if let (Some(name), Some(setting)) = (&name, section.get("name", Shape::Text))
            && !names.insert(name.trim().to_owned())
        {
            setting.refuse(Text::new("两个用户同名", "is the name of two users"), "\"财务 2\"");
        }
        if let (Some(secret), Some(setting)) = (&secret, section.get("token", Shape::Table)) {
            let setting = setting.hide();
            let text = secret.expose_secret().trim();
            // Where it may be missing it is empty; else an empty one is a fault already.
            if (1..SHORTEST_TOKEN).contains(&text.chars().count()) {
                too_short(&setting);
            } else if !text.is_empty() && !tokens.insert(text.to_owned()) {
                setting.fault(
                    Text::new(
                        "与另一个用户的令牌相同，分不清是谁做的",
                        "is the token of somebody else too: nobody could tell who did what",
                    ),
                    MAKE_ONE,
                );
            }
        }
        section.finish();
        if let (Some(name), Some(token)) = (name, secret) {
            users.push(User { name: name.trim().to_owned(), token, role });
        }
    }
    users
}

/// Complains about a (hidden) token.
pub(super) fn too_short(setting: &super::reader::Setting<'_>) {
    setting.fault(
        both!(
            "短于 {SHORTEST_TOKEN} 个字符，容易被猜中",
            "is shorter than {SHORTEST_TOKEN} characters: it can be guessed"
        ),
        MAKE_ONE,
    );
}
