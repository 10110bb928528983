//! Secrets: `{ env = "NAME" }`, `{ file = "PATH" }` or, with a warning, a literal.
//! None of them is ever shown, in no message.

use std::fs;

use secrecy::{ExposeSecret as _, SecretString};
use toml::de::DeValue;

use super::file_error::unreadable;
use super::json_schema as schema;
use super::json_schema::Shape;
use super::section::Section;
use super::setting::Setting;
use crate::files;
use crate::lang::{Text, both};

impl Section<'_> {
    /// A secret that must be there.
    pub(in crate::config) fn required_secret(
        &self,
        key: &'static str,
        variable: &str,
    ) -> Option<SecretString> {
        self.describe(key, schema::secret());
        let example = format!("{{ env = {variable:?} }}");
        read(&self.required(key, Shape::Table, &example)?.hide(), Literal::Warned)
    }

    /// A secret that the other system issued, and that must be there: one word of letters, digits and signs.
    pub(in crate::config) fn required_issued(
        &self,
        key: &'static str,
        variable: &str,
    ) -> Option<SecretString> {
        let secret = self.required_secret(key, variable)?;
        let Some(what) = spoiled(secret.expose_secret()) else { return Some(secret) };
        let setting = self.get(key, Shape::Table)?.hide();
        let message = match setting.entries().as_deref() {
            Some([("env", name)]) => {
                let name = name.value().as_str().unwrap_or_default();
                let (zh, en) = (what.zh, what.en);
                both!("环境变量 {name} {zh}", "the environment variable {name} {en}")
            }
            Some([("file", path)]) => {
                let path = setting.walk.resolve(path.value().as_str().unwrap_or_default());
                let (path, zh, en) = (path.display(), what.zh, what.en);
                both!("文件 {path} {zh}", "{path} {en}")
            }
            _ => what.before("密钥", "the secret "),
        };
        setting.fault(
            message,
            Text::new("请重新复制，不带空格和引号", "copy it again, without blanks and quotes"),
        );
        None
    }

    #[cfg(feature = "console")]
    /// A secret that may be left out.
    pub(in crate::config) fn secret(&self, key: &'static str) -> Option<SecretString> {
        self.describe(key, schema::secret());
        read(&self.get(key, Shape::Table)?.hide(), Literal::Warned)
    }

    /// A value of which a part is a secret but which is usually written out, and must be there.
    pub(in crate::config) fn required_half_secret(
        &self,
        key: &'static str,
        example: &str,
    ) -> Option<SecretString> {
        self.describe(key, schema::secret());
        read(&self.required(key, Shape::Table, example)?.hide(), Literal::Usual)
    }
}

/// What a literal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum Literal {
    /// It works, but the file should not hold it.
    Warned,
    /// It is how the value is usually written.
    Usual,
}

/// What came into an issued secret on its way here, if anything did.
fn spoiled(secret: &str) -> Option<Text> {
    if secret.contains(char::is_whitespace) {
        Some(Text::new("中间有空格或换行", "has a blank or a line end in the middle"))
    } else if secret.contains(['"', '\'', '“', '”', '‘', '’', '＂']) {
        Some(Text::new("含有引号", "has quotes in it"))
    } else if secret.contains(|c: char| !c.is_ascii_graphic()) {
        Some(Text::new("含有全角或看不见的字符", "has full-width or invisible characters in it"))
    } else {
        None
    }
}

/// Reads a (hidden) setting as a secret.
pub(in crate::config) fn read(setting: &Setting<'_>, literal: Literal) -> Option<SecretString> {
    match setting.value() {
        DeValue::String(_) => {
            let secret = setting.text(r#"{ env = "NAME" }"#)?;
            if literal == Literal::Warned && !setting.is_override() {
                let (open, open_zh) = if setting.walk.others_may_read() {
                    (", which everybody on this machine can read", "，且本机所有用户都能读取")
                } else {
                    ("", "")
                };
                setting.warn(
                    both!("密钥以明文写在配置文件里{open_zh}", "the secret stands in the file itself{open}"),
                    setting.write(r#"{ env = "NAME" }"#),
                );
            }
            Some(secret.to_owned().into())
        }
        DeValue::Table(_) => from_source(setting, literal),
        _ => {
            wrong_form(setting);
            None
        }
    }
}

fn wrong_form(setting: &Setting<'_>) {
    setting.refuse(
        Text::new(
            "密钥应写成 { env = \"变量名\" }、{ file = \"路径\" } 或带引号的文本",
            "a secret is { env = \"NAME\" }, { file = \"PATH\" } or a text in quotes",
        ),
        r#"{ env = "NAME" }"#,
    );
}

fn from_source(setting: &Setting<'_>, literal: Literal) -> Option<SecretString> {
    // The fault is named, and what else there is to say of the pipeline is said at the same time.
    let goes_on = literal == Literal::Warned && setting.key.starts_with("pipeline");
    let stand_in = || goes_on.then(SecretString::default);
    match setting.entries()?.as_slice() {
        [("env", name)] => from_variable(setting, name.text("\"NAME\"")?).or_else(stand_in),
        [("file", path)] => from_file(setting, path.text("\"PATH\"")?).or_else(stand_in),
        _ => {
            wrong_form(setting);
            None
        }
    }
}

fn from_variable(setting: &Setting<'_>, name: &str) -> Option<SecretString> {
    match setting.walk.variable(name) {
        Some(secret) if secret.trim() != secret && !secret.trim().is_empty() => {
            setting.fault(
                both!(
                    "环境变量 {name} 首尾有空格或换行",
                    "the environment variable {name} has blanks or a line end around it"
                ),
                Text::new("请去掉", "remove them"),
            );
            None
        }
        Some(secret) if !secret.trim().is_empty() => Some(secret.to_owned().into()),
        _ if setting.walk.spares(&setting.key) => Some(SecretString::default()),
        found => {
            // A secret that was written where the variable's name belongs must not show either.
            let named = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            let name = if named { name } else { "named here" };
            let (is, zh) =
                if found.is_some() { ("is empty", "为空") } else { ("is not set", "没有设置") };
            setting.fault(
                both!("环境变量 {name} {zh}", "the environment variable {name} {is}"),
                if named {
                    Text::same(format!("export {name}=…"))
                } else {
                    Text::new("请设置", "set it")
                },
            );
            None
        }
    }
}

fn from_file(setting: &Setting<'_>, path: &str) -> Option<SecretString> {
    let path = setting.walk.resolve(path);
    match fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => {
            if files::others_may_read(&path) {
                setting.warn(
                    both!("本机所有用户都能读取 {}", "everybody on this machine can read {}", path.display()),
                    format!("chmod 600 {}", path.display()),
                );
            }
            let secret = text.trim_end_matches(['\n', '\r']);
            if secret.trim() != secret {
                setting.fault(
                    both!("文件 {} 中密钥首尾有空格", "{} has blanks around the secret", path.display()),
                    Text::new("请去掉", "remove them"),
                );
                return None;
            }
            Some(secret.to_owned().into())
        }
        _ if setting.walk.spares(&setting.key) => Some(SecretString::default()),
        Ok(_) => {
            setting.fault(
                both!("文件 {} 为空", "{} is empty", path.display()),
                Text::new("请把密钥写入该文件", "write the secret into it"),
            );
            None
        }
        Err(error) => {
            setting.fault(
                unreadable(&path, &error),
                Text::new("请创建该文件并授予读权限", "write the secret into it, readable for this user"),
            );
            None
        }
    }
}
