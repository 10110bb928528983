//! What the command line says of itself, in one language: a help text has a Chinese paragraph and an English one, and what
//! clap adds in English is said in Chinese. What a command prints is its own.

use clap::builder::{PossibleValue, Resettable, StyledStr};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, Error};

use crate::lang::Lang;

/// What a help page consists of, as clap puts it together.
const PAGE: &str = "{before-help}{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

fn is_han(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303f}' | '\u{4e00}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

/// The paragraphs of a help text. clap has the first alone as the short text and all of them as the long one.
fn paragraphs(long: Option<&StyledStr>) -> (String, String) {
    let text = long.map(ToString::to_string).unwrap_or_default();
    let (zh, en) = text.split_once("\n\n").unwrap_or_default();
    (zh.to_owned(), en.strip_suffix('.').unwrap_or(en).to_owned())
}

/// The command line with one text where clap has a short and a long one.
fn told(command: Command, tell: &dyn Fn(&str, &str) -> String) -> Command {
    let told_of = |long: Option<&StyledStr>| {
        let (zh, en) = paragraphs(long);
        tell(&zh, &en)
    };
    let about = told_of(command.get_long_about());
    command
        .about(about)
        .long_about(Resettable::Reset)
        .mut_args(|arg| {
            let help = told_of(arg.get_long_help());
            arg.help(help).long_help(Resettable::Reset)
        })
        .mut_subcommands(|command| told(command, tell))
}

/// The command line as manual pages have it: both languages in one text.
#[cfg(feature = "tools")]
pub(super) fn manual(command: Command) -> Command {
    told(command, &|zh, en| {
        if zh.ends_with(['。', '）']) { format!("{zh}{en}") } else { format!("{zh} {en}") }
    })
}

/// The command line as it shows itself to whoever reads `lang`.
pub(super) fn speaks(command: Command, lang: Lang) -> Command {
    let command = told(command, &|zh, en| lang.of(zh.trim_end_matches('。'), en).to_owned());
    if lang == Lang::Chinese { chinese(command) } else { command }
}

/// What clap says of an argument by itself.
fn argument(arg: Arg) -> Arg {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let defaults: Vec<_> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let values = arg.get_possible_values();
    let values: Vec<_> = values.iter().map(PossibleValue::get_name).collect();
    let heading = if arg.is_positional() { "参数" } else { "选项" };
    if !arg.get_action().takes_values() {
        return arg.help_heading(heading);
    }
    let mut notes = Vec::new();
    if !values.is_empty() {
        notes.push(format!("可取 {}", values.join("、")));
    }
    if defaults.iter().any(|value| !value.is_empty()) {
        notes.push(format!("默认 {}", defaults.join("、")));
    }
    let help = if notes.is_empty() { help } else { format!("{help}（{}）", notes.join("；")) };
    arg.help(help).hide_default_value(true).hide_possible_values(true).help_heading(heading)
}

/// The headings, what clap says of arguments, and the flags that it would add by itself.
fn chinese(command: Command) -> Command {
    let flag = |name: &'static str, short, help: &'static str, action| {
        Arg::new(name).long(name).short(short).help(help).help_heading("选项").action(action)
    };
    let is_root = command.get_version().is_some();
    let command = command
        .mut_args(argument)
        .mut_subcommands(chinese)
        .help_template(PAGE)
        .subcommand_help_heading("命令")
        .disable_help_flag(true)
        .arg(flag("help", 'h', "显示本帮助", ArgAction::Help));
    if is_root {
        command.disable_version_flag(true).arg(flag("version", 'V', "显示版本", ArgAction::Version))
    } else {
        command
    }
}

/// What is wrong with a command line, for whoever reads Chinese; `None` where clap's own page says it.
pub(super) fn fault(error: &Error) -> Option<String> {
    let of = |kind: ContextKind| {
        error.get(kind).map(|value| match value {
            ContextValue::Strings(all) => all.join("、"),
            one => one.to_string(),
        })
    };
    let arg = of(ContextKind::InvalidArg).unwrap_or_default();
    let value = of(ContextKind::InvalidValue).unwrap_or_default();
    let wrong = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            format!("没有命令 {}", of(ContextKind::InvalidSubcommand).unwrap_or_default())
        }
        ErrorKind::UnknownArgument => format!("没有选项或参数 {arg}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{arg} 缺少值"),
        ErrorKind::InvalidValue => format!("{arg} 的值 {value:?} 不对"),
        ErrorKind::ValueValidation => match std::error::Error::source(error).map(ToString::to_string) {
            // clap's own words for a number.
            Some(why) if !why.contains(is_han) => match why.split_once(" is not in ") {
                Some((_, range)) => format!("{arg} 的值 {value:?} 不对，应在 {range} 之内"),
                None => format!("{arg} 的值 {value:?} 不对"),
            },
            Some(why) => format!("{arg} 的值 {value:?} 不对：{why}"),
            None => format!("{arg} 的值 {value:?} 不对"),
        },
        ErrorKind::MissingRequiredArgument => format!("缺少 {arg}"),
        ErrorKind::ArgumentConflict => match of(ContextKind::PriorArg) {
            Some(other) if other != arg => format!("{arg} 不能与 {other} 同用"),
            _ => format!("{arg} 只能写一次"),
        },
        ErrorKind::MissingSubcommand => "缺少命令".to_owned(),
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return None,
        _ => "命令行有误".to_owned(),
    };
    let values = of(ContextKind::ValidValue).filter(|values| !values.is_empty());
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .into_iter()
        .find_map(of);
    let values = values.map(|values| format!("，可取 {values}")).unwrap_or_default();
    let near = near.map(|near| format!("。是否想写 {near}？")).unwrap_or_default();
    let usage = of(ContextKind::Usage);
    let usage = usage.map(|usage| format!("\n\n用法：{}", usage.trim_start_matches("Usage: ")));
    Some(format!("{wrong}{values}{near}{}\n\n详见 --help。", usage.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that are the same in both languages.
    const NAMES: [&str; 4] = ["金蝶云星空", "金蝶", "旺店通", "轻易云"];

    /// Every text of a command and of those below it.
    fn texts(command: &Command, into: &mut Vec<(String, (String, String))>) {
        let path = command.get_name().to_owned();
        into.push((path.clone(), paragraphs(command.get_long_about())));
        for arg in command.get_arguments() {
            into.push((format!("{path} {}", arg.get_id()), paragraphs(arg.get_long_help())));
        }
        for below in command.get_subcommands() {
            texts(below, into);
        }
    }

    #[test]
    fn every_help_text_is_there_in_both_languages() {
        let mut all = Vec::new();
        texts(&<super::super::Cli as clap::CommandFactory>::command(), &mut all);
        let bare = |text: &str| NAMES.iter().fold(text.to_owned(), |text, name| text.replace(name, ""));
        let both = |zh: &str, en: &str| zh.contains(is_han) && !en.is_empty() && !bare(en).contains(is_han);
        let alone: Vec<_> = all.into_iter().filter(|(_, (zh, en))| !both(zh, en)).collect();
        assert!(alone.is_empty(), "{alone:#?}");
    }

    #[test]
    fn a_page_and_a_fault_have_one_language() {
        let command = || <super::super::Cli as clap::CommandFactory>::command();
        for lang in [Lang::Chinese, Lang::English] {
            let mut spoken = speaks(command(), lang);
            spoken.build();
            spoken.clone().debug_assert();
            for page in [vec!["refund-sync", "--help"], vec!["refund-sync", "run", "--help"]] {
                let page = spoken.clone().try_get_matches_from(page).unwrap_err().to_string();
                let is_strange = match lang {
                    Lang::Chinese => ["Usage", "Options", "Commands", "Print", "default", "possible"]
                        .iter()
                        .any(|word| page.contains(word)),
                    Lang::English => NAMES
                        .iter()
                        .fold(page.replace("中文", ""), |page, name| page.replace(name, ""))
                        .contains(is_han),
                };
                assert!(!is_strange, "{page}");
            }
        }
        for (args, wanted) in [
            (["paked", "--json"], "没有命令 paked"),
            (["why", "--json"], "缺少 <REFUND_NO>"),
            (["run", "--timeout=11"], "的值 \"11\" 不对"),
            (["status", "--jsno"], "没有选项或参数 --jsno。是否想写 --json？"),
        ] {
            let args = ["refund-sync"].into_iter().chain(args);
            let error = speaks(command(), Lang::Chinese).try_get_matches_from(args).unwrap_err();
            let text = fault(&error).unwrap();
            assert!(text.contains(wanted) && text.ends_with("详见 --help。"), "{text}");
            assert!(!text.contains("Usage"), "{text}");
        }
    }
}
