//! `fields`: every field of the form at this site, with name, type, whether it is required, and who fills it.

use serde_json::json;

use super::context::{Context, Exit};
use super::open;
use crate::check::preflight::further::{FilledBy, filled_by};
use crate::clock::Clock;
use crate::config::Pipeline;
use crate::lang::{Text, told};
use crate::mapping::fields::{FieldRule, FieldValue, Lookup, Segment, Template};
use crate::mapping::own_keys::own_key;
use crate::sink::form::FormField;
use crate::worker::{KeptPace, clients_beside};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 只列必录的。
    ///
    /// Only those that the site requires.
    #[arg(long)]
    required: bool,
    /// 输出 JSON。
    ///
    /// Writes JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Args, context: &mut Context) -> Exit {
    listed(args, context).await.unwrap_or_else(|exit| exit)
}

async fn listed(args: &Args, context: &mut Context) -> Result<Exit, Exit> {
    let config = open::configuration(context)?;
    let clock = Clock::system();
    let store = open::to_read(context).await?;
    let mut exit = Exit::Done;
    let mut answer = Vec::new();
    for pipeline in &config.pipelines {
        let pace = match &store {
            Some(store) => KeptPace::of(store.as_ref(), &pipeline.name, &clock)
                .await
                .map_err(|error| open::complain(context, &error))?,
            None => KeptPace::default(),
        };
        let (_, sink) = clients_beside(pipeline, pace, &clock).map_err(|message| {
            context.out.error(&message);
            Exit::Configuration
        })?;
        let fields = match sink.form_fields().await {
            Ok(fields) => fields,
            Err(error) => {
                context.out.error(told!(
                    "{}：{}。{}",
                    "{}: {}. {}",
                    pipeline.name,
                    Text::from(&error),
                    Text::from(error.advice())
                ));
                exit = exit.max(Exit::Failed);
                continue;
            }
        };
        let fields: Vec<_> = fields.into_iter().filter(|field| field.required || !args.required).collect();
        if args.json {
            let fields: Vec<_> = fields.iter().map(|field| of_field(field, pipeline)).collect();
            answer.push(json!({ "pipeline": pipeline.name, "fields": fields }));
        } else {
            context.out.line(told!(
                "{}：SAL_RETURNSTOCK · {} 个字段",
                "{}: SAL_RETURNSTOCK · {} fields",
                pipeline.name,
                fields.len()
            ));
            for field in &fields {
                line(field, pipeline, context);
            }
        }
    }
    if args.json {
        context.out.json(&json!({ "pipelines": answer }));
    }
    Ok(exit)
}

fn of_field(field: &FormField, pipeline: &Pipeline) -> serde_json::Value {
    let (filled_by, how) = filler(field, pipeline);
    json!({
        "part": field.part,
        "key": field.key,
        "name": field.name,
        "type": field.kind,
        "refers_to": field.refers_to,
        "required": field.required,
        "filled_by": filled_by,
        "how": how.joined(),
    })
}

fn line(field: &FormField, pipeline: &Pipeline, context: &mut Context) {
    let (filled_by, how) = filler(field, pipeline);
    let kind = match &field.refers_to {
        Some(refers_to) => format!("{} → {refers_to}", field.kind),
        None => field.kind.clone(),
    };
    let required = if field.required { told!(" · 必录", " · required") } else { String::new() };
    let filled = match filled_by {
        "program" => told!(" · 由本程序填写：{how}", " · by the program: {how}"),
        "rule" => told!(" · 由规则填写：{how}", " · by a rule: {how}"),
        "kingdee" => told!(" · 由金蝶带出", " · by 金蝶 itself"),
        _ => String::new(),
    };
    context.out.line(format!("  {} {} {} ({kind}){required}{filled}", field.part, field.key, field.name));
}

/// Who fills it, and by which setting or rule.
fn filler(field: &FormField, pipeline: &Pipeline) -> (&'static str, Text) {
    match filled_by(field, &pipeline.mapping) {
        FilledBy::Program => {
            ("program", own_key(&field.key).map_or_else(|| "-".into(), |(_, own)| own.instead.clone()))
        }
        FilledBy::Rule(rule) => ("rule", told(rule).into()),
        FilledBy::Kingdee => ("kingdee", Text::default()),
        FilledBy::Nobody => ("nobody", Text::default()),
    }
}

/// A rule in a few words.
fn told(rule: &FieldRule) -> String {
    match &rule.value {
        FieldValue::Text(template) => shown(template),
        FieldValue::Number(lookup) => format!("number {}", looked_up(lookup)),
        FieldValue::Name(lookup) => format!("name {}", looked_up(lookup)),
        FieldValue::Object(key, lookup) => format!("{key} {}", looked_up(lookup)),
        FieldValue::Constant(json) => json.clone(),
        FieldValue::Date(field) => format!("date {}", field.name),
    }
}

fn looked_up(lookup: &Lookup) -> String {
    match lookup {
        Lookup::Template(template) => shown(template),
        Lookup::Table { by, .. } => format!("by {}", by.name),
    }
}

fn shown(template: &Template) -> String {
    let piece = |segment: &Segment| match segment {
        Segment::Text(text) => text.clone(),
        Segment::Field(field) => format!("{{{}}}", field.name),
    };
    template.0.iter().map(piece).collect()
}
