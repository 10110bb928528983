//! The description of `/api/v1`, OpenAPI 3.1, made of the table of questions; `docs/openapi.json` is a copy.

use serde_json::{Map, Value, json};

use super::{DESCRIPTION, LIMITS, path, shape};
use crate::answer::{Kind, Question};

/// The description of `/api/v1`.
pub fn openapi() -> Value {
    let mut paths = Map::new();
    for question in Question::ALL {
        paths.insert(path(question).to_owned(), json!({ "get": operation(question) }));
    }
    paths.insert(
        DESCRIPTION.to_owned(),
        json!({ "get": {
            "operationId": "openapi",
            "summary": "本说明 This description",
            "responses": { "200": answered("OpenAPI 3.1", &json!({ "type": "object" })) },
        }}),
    );
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "refund-sync",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "与命令行 --json 相同的答案，只读。The answers of the command line's --json; reads only.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "[server] token，或 [[server.user]] 的令牌（role = \"view\" 即可）。The token of [server] or of a \
                                [[server.user]], role \"view\" is enough; on loopback none is needed to look.",
            }},
            "schemas": { "Error": shape::error() },
        },
    })
}

fn operation(question: Question) -> Value {
    let place = path(question);
    let parameters: Vec<_> = question
        .parameters()
        .iter()
        .map(|parameter| {
            let is_in_path = place.contains(&format!("{{{}}}", parameter.name));
            let schema = match parameter.kind {
                Kind::Text => json!({ "type": "string", "minLength": 1, "maxLength": 500 }),
                Kind::Limit => json!({
                    "type": "integer", "minimum": 1, "maximum": LIMITS.most, "default": LIMITS.usual,
                }),
            };
            json!({
                "name": parameter.name,
                "in": if is_in_path { "path" } else { "query" },
                "required": parameter.is_required,
                "description": parameter.meaning(),
                "schema": schema,
            })
        })
        .collect();
    let error = json!({ "$ref": "#/components/schemas/Error" });
    let mut responses = Map::new();
    responses.insert("200".to_owned(), answered(question.meaning(), &shape::of(question)));
    if !parameters.is_empty() {
        responses.insert("400".to_owned(), answered("问题有误 the question makes no sense", &error));
    }
    if matches!(question, Question::Why | Question::Find | Question::NotInBooks | Question::ExplainError) {
        responses.insert("404".to_owned(), answered("没有这个内容 nothing is known of it", &error));
    }
    for (status, why) in [
        ("401", "令牌缺失或不对 the token is missing or wrong"),
        ("403", "未配置令牌时只接受本机地址 without a token only by an address of this machine"),
        ("429", "错误令牌过多 too many wrong tokens: Retry-After"),
    ] {
        responses.insert(status.to_owned(), json!({ "description": why }));
    }
    responses.insert("503".to_owned(), answered("同步台账暂不可用 the journal is away", &error));
    json!({
        "operationId": question.name(),
        "summary": question.meaning(),
        "parameters": parameters,
        "responses": responses,
    })
}

fn answered(why: &str, schema: &Value) -> Value {
    json!({ "description": why, "content": { "application/json": { "schema": schema } } })
}
