//! Text of other languages where JSON should be: what it looks like, and how to get JSON instead.

use super::fault::Broken;
use crate::lang::Text;

pub(super) fn php(line: usize) -> Broken {
    Broken::at(
        line,
        Text::new("看起来是 PHP 数组（=>），不是 JSON", "looks like a PHP array (=>), not JSON"),
        Text::new(
            "在轻易云的方案页面用“源码”视图复制 JSON，或用 json_encode 输出",
            "copy the JSON from 轻易云's source view, or print it with json_encode",
        ),
    )
}

pub(super) fn javascript(line: usize) -> Broken {
    Broken::at(
        line,
        Text::new(
            "看起来是 JavaScript 对象（键无引号或单引号），不是 JSON",
            "looks like a JavaScript object (keys without quotes, or single quotes), not JSON",
        ),
        Text::new(
            "在轻易云的方案页面用“源码”视图复制 JSON，或用 JSON.stringify 输出",
            "copy the JSON from 轻易云's source view, or print it with JSON.stringify",
        ),
    )
}

pub(super) fn typographic(line: usize) -> Broken {
    Broken::at(
        line,
        Text::new(
            "引号是中文引号（“ ”），不是 JSON 的 \"",
            "the quotes are typographic (“ ”), JSON's are \"",
        ),
        Text::new(
            "从原处重新复制，不要经过 Word 或聊天软件",
            "copy it again from where it is kept, not through a word processor or a chat",
        ),
    )
}
