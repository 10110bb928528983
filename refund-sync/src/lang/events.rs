//! What log lines say, in each language: an event is written in one text, mostly English, and told in the reader's own.

use super::Text;
use super::kept::told;

/// A message as it is written, in which `{}` stands for what differs, with its Chinese and its English.
const MESSAGES: [(&str, &str, &str); 58] = [
    ("a fault of the program 程序内部错误", "程序内部错误", "a fault of the program"),
    ("the configuration was read again 配置已重新载入", "配置已重新载入", "the configuration was read again"),
    (
        "asked to end: the call under way is finished first 正在收尾，再次 Ctrl-C 立即退出",
        "正在收尾，再次 Ctrl-C 立即退出",
        "asked to end: the call under way is finished first",
    ),
    ("waiting for the journal 等待同步台账的数据库", "等待同步台账的数据库", "waiting for the journal"),
    (
        "the configuration was not reloaded, the old one goes on 配置有误，未重新载入，沿用旧配置",
        "配置有误，未重新载入，沿用旧配置",
        "the configuration was not reloaded, the old one goes on",
    ),
    (
        "[store] url changed, that takes a restart 更改 [store] 需要重启: {}",
        "更改 [store] 需要重启，未重新载入，沿用旧配置",
        "[store] url changed, that takes a restart: the old configuration goes on",
    ),
    (
        "[server] changed: that takes effect at the next start 更改 [server] 需要重启后生效",
        "更改 [server] 需要重启后生效",
        "[server] changed: that takes effect at the next start",
    ),
    ("alerts are taken again", "报警已恢复送达", "alerts are taken again"),
    (
        "an alert was not delivered; it is tried again",
        "报警未送达，稍后重试",
        "an alert was not delivered; it is tried again",
    ),
    (
        "the page has no journal; tried again",
        "状态页无法连接同步台账，稍后重试",
        "the page has no journal; tried again",
    ),
    ("the page has the journal 同步台账已连接", "状态页已连接同步台账", "the page has the journal"),
    (
        "the reconciliation failed and is tried again 对账失败，稍后重试",
        "对账失败，稍后重试",
        "the reconciliation failed and is tried again",
    ),
    (
        "the reconciliation that was asked for failed 对账失败",
        "人工发起的对账失败",
        "the reconciliation that was asked for failed",
    ),
    (
        "the reconciliation cannot be offered as files 对账结果无法生成文件",
        "对账结果无法生成文件",
        "the reconciliation cannot be offered as files",
    ),
    ("reconciled 已对账", "已对账", "reconciled"),
    (
        "the journal failed; tried again in a minute",
        "同步台账出错，一分钟后重试",
        "the journal failed; tried again in a minute",
    ),
    ("the journal cannot be read", "同步台账无法读取", "the journal cannot be read"),
    (
        "this machine's clock was set back 本机时钟被调回",
        "本机时钟被调回",
        "this machine's clock was set back",
    ),
    ("firing skipped", "跳过一次定时运行", "firing skipped"),
    ("the run failed and is tried again", "运行失败，稍后重试", "the run failed and is tried again"),
    ("systemd could not be told", "无法通知 systemd", "systemd could not be told"),
    (
        "hangs: systemd is to start this service anew 同步方案无响应，等待 systemd 重启",
        "同步方案无响应，等待 systemd 重启",
        "hangs: systemd is to start this service anew",
    ),
    (
        "a fault of the program; the work is taken up anew 程序内部错误，稍后重新接手",
        "程序内部错误，稍后重新接手",
        "a fault of the program; the work is taken up anew",
    ),
    (
        "a pipeline cannot be begun; tried again",
        "同步方案无法启动，稍后重试",
        "a pipeline cannot be begun; tried again",
    ),
    ("the right to work is lost", "已失去执行权", "the right to work is lost"),
    ("nothing is written any more 已停止写入", "已停止写入", "nothing is written any more"),
    ("standing by 待命", "待命", "standing by"),
    ("no alert can be sent 无法发送报警", "无法发送报警", "no alert can be sent"),
    (
        "a fault of the program; alerts go on 程序内部错误，报警将重新开始",
        "程序内部错误，报警将重新开始",
        "a fault of the program; alerts go on",
    ),
    (
        "a task of this pipeline broke (a fault of the program) and is begun anew 程序内部错误，稍后自动重启该任务",
        "程序内部错误，稍后自动重启该任务",
        "a task of this pipeline broke (a fault of the program) and is begun anew",
    ),
    (
        "few file descriptors: raise the limit (LimitNOFILE, ulimit -n) 可打开的文件数过少",
        "可打开的文件数过少：请调高 LimitNOFILE 或 ulimit -n",
        "few file descriptors: raise the limit (LimitNOFILE, ulimit -n)",
    ),
    ("connections were turned away 连接已拒绝", "连接已拒绝", "connections were turned away"),
    ("ordered on the status page", "状态页上的操作", "ordered on the status page"),
    ("a mapping table was not written", "对照表未写入", "a mapping table was not written"),
    ("a mapping table was filled in", "对照表已填写", "a mapping table was filled in"),
    ("logged in at the status page", "已登录状态页", "logged in at the status page"),
    (
        "the status page cannot read the journal",
        "状态页无法读取同步台账",
        "the status page cannot read the journal",
    ),
    (
        "wrong tokens at the listener 有人用错误的令牌访问",
        "有人用错误的令牌访问",
        "wrong tokens at the listener",
    ),
    (
        "everybody on this machine can read the journal: chmod 600 本机所有用户都能读取同步台账，请 chmod 600",
        "本机所有用户都能读取同步台账，请 chmod 600",
        "everybody on this machine can read the journal: chmod 600",
    ),
    ("the right to write is lost", "已失去写入权", "the right to write is lost"),
    (
        "the journal is not what it was: nothing more is written",
        "同步台账已不是原来的文件，停止写入",
        "the journal is not what it was: nothing more is written",
    ),
    (
        "writing 金蝶 failed, it is tried again",
        "写入金蝶失败，稍后重试",
        "writing 金蝶 failed, it is tried again",
    ),
    (
        "a person ended the holds of 旺店通 and 金蝶",
        "人工解除了旺店通和金蝶的等待",
        "a person ended the holds of 旺店通 and 金蝶",
    ),
    (
        "it answers again, the pipeline goes on",
        "对方已恢复应答，继续同步",
        "it answers again, the pipeline goes on",
    ),
    (
        "still stopped: no answer to the probe",
        "仍停止：试探没有应答",
        "still stopped: no answer to the probe",
    ),
    (
        "reading 旺店通 failed, it is tried again",
        "读取旺店通失败，稍后重试",
        "reading 旺店通 failed, it is tried again",
    ),
    (
        "a window that came short is read again",
        "重读行数不足的窗口",
        "a window that came short is read again",
    ),
    (
        "nothing proves that a window was read whole",
        "无法证明窗口已读全",
        "nothing proves that a window was read whole",
    ),
    (
        "a window that came short is whole now",
        "行数不足的窗口已补齐",
        "a window that came short is whole now",
    ),
    ("stopped: a person has to act", "已停止，需人工处理", "stopped: a person has to act"),
    (
        "its bill is not found in 金蝶: it is not written again by itself",
        "金蝶中查不到该单，不会自动重写",
        "its bill is not found in 金蝶: it is not written again by itself",
    ),
    (
        "reversed: {} has a bill and no longer passes the filter",
        "撤销：{} 已有单据，但已不在同步范围内",
        "reversed: {} has a bill and no longer passes the filter",
    ),
    (
        "changed: {} is no longer what its bill says",
        "变化：{} 已与单据不一致",
        "changed: {} is no longer what its bill says",
    ),
    (
        "旺店通 did not say what shops and warehouses are called; it is asked again tomorrow",
        "没有查到店铺和仓库的名称，明天再查",
        "旺店通 did not say what shops and warehouses are called; it is asked again tomorrow",
    ),
    (
        "decided about a list on the status page",
        "在状态页上对清单作了决定",
        "decided about a list on the status page",
    ),
    ("parked {}: {}", "待处理 {}：{}", "parked {}: {}"),
    ("sent {} bills to 金蝶", "向金蝶发送了 {} 张单据", "sent {} bills to 金蝶"),
    (
        "金蝶's answer did not come: every bill of the call is looked up before anything is sent again",
        "金蝶没有应答：先逐单查询，再决定是否重发",
        "金蝶's answer did not come: every bill of the call is looked up before anything is sent again",
    ),
];

/// Both languages of an event's message; `None` for one that has no other language.
pub(crate) fn text(message: &str) -> Option<Text> {
    told(message, &MESSAGES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_told_in_each_language_and_what_is_unknown_has_none() {
        let sent = text("sent 5 bills to 金蝶").unwrap();
        assert_eq!((&*sent.zh, &*sent.en), ("向金蝶发送了 5 张单据", "sent 5 bills to 金蝶"));
        assert_eq!(text("reconciled 已对账").unwrap().en, "reconciled");
        assert_eq!(text("of another program"), None);
        for (message, zh, en) in MESSAGES {
            let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
            let bare = en.replace("金蝶", "").replace("旺店通", "");
            assert!(zh.contains(is_han) && !bare.contains(is_han), "{message}");
        }
    }
}
