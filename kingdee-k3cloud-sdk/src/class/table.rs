//! The table itself, in the order in which it is read: the first rule that fits decides.
//! How a rule is matched is in the parent module.

use super::rule::Code::{Gateway as G, Login as L, Msg as M};
use super::rule::{Class, Rule, Scope};
use crate::fate::Fate;
use crate::text::Text;

macro_rules! rules {
    ($($name:literal $scope:ident [$($code:expr),*] $fields:tt $texts:tt unless $unless:tt
        => $class:expr, $fate:ident $(, $slows:ident)?; $zh:literal $en:literal)*) => {
        &[$(Rule {
            name: $name,
            scope: Scope::$scope,
            codes: &[$($code),*],
            fields: &$fields,
            texts: &$texts,
            unless: &$unless,
            class: $class,
            fate: Fate::$fate,
            slows: rules!(@ $($slows)?),
            advice: Text::new($zh, $en),
        }),*]
    };
    (@) => { false };
    (@ slows) => { true };
}

/// What no rule knows.
pub(super) static REFUSED: Rule = Rule {
    name: "refused",
    scope: Scope::Any,
    codes: &[],
    fields: &[],
    texts: &[],
    unless: &[],
    class: Class::Refused,
    fate: Fate::Refused,
    slows: false,
    advice: Text::new("按金蝶的提示处理后重试。", "Act on the server's message, then try again."),
};

/// Every rule, in the order in which they are tried.
pub static RULES: &[Rule] = rules! {
    // The public gateway, before the site sees anything.
    "gateway-clock" Gateway [G(4006)] [] [] unless [] => Class::Account, Refused;
        "本机时钟有误，请校时。" "This machine's clock is off; set it."
    "gateway-path" Gateway [G(5001)] [] [] unless [] => Class::Account, Refused;
        "网关找不到该接口：检查 base_url。" "The gateway knows no such path: check the base_url."
    "gateway" Gateway [] [] [] unless [] => Class::Account, Refused;
        "网关拒绝：检查应用ID和应用密钥。" "The gateway refuses: check app id and secret."

    // Logins.
    "login-session" Logins [] [] ["会话信息已丢失"] unless [] => Class::Account, Refused;
        "检查账套ID（acct_id），以及第三方系统登录授权：应用已启用，集成用户在其中。" "Check acct_id, and 第三方系统登录授权: the application is in use and lists the user."
    "account-id" Any [] [] ["数据中心…无法获取"] unless [] => Class::Account, Refused;
        "账套ID（acct_id）不对：填写数据中心标识，不是账套名称。" "acct_id is wrong: it is the data centre's id, not its name."
    "webapi-users" Any [] [] ["允许调用…WebAPI", "允许访问…WebAPI", "IP…不在允许", "IP…不允许访问", "WebAPI…白名单", "IP…白名单", "不在…白名单", "不允许…调用…接口", "接口…未授权", "未授权…接口", "客户端…不在允许", "接口…不在允许", "客户端…未授权", "WebAPI…权限"] unless [] => Class::Account, Refused;
        "在金蝶中把集成用户加入 参数设置 → BOS平台 → WebAPI →“允许调用WebAPI接口用户”；同一页还有可访问的IP、客户端和接口清单。" "In 金蝶, add the user under 参数设置 → BOS平台 → WebAPI → 允许调用WebAPI接口用户; the same page lists addresses, clients and interfaces."
    "app-users" Any [] [] ["不允许用户…登录", "第三方应用…不允许", "第三方应用…未启用", "第三方应用…禁用"] unless [] => Class::Account, Refused;
        "在第三方系统登录授权中把集成用户加入该应用，并启用该应用。" "In 第三方系统登录授权, add the user to the application and enable it."
    "user" Any [] [] ["用户…已被禁用", "用户…已禁用", "用户…已失效", "账号…已被禁用", "账号…已禁用"] unless [] => Class::Account, Refused;
        "集成用户已被禁用或失效：在金蝶的用户管理中启用。" "The user is disabled: enable it in the user administration of 金蝶."
    "login-locked" Logins [] [] ["锁定", "已被锁"] unless [] => Class::Account, Refused;
        "账号已锁定（约30分钟）：等待或请管理员解锁，先改正密码或密钥。" "The account is locked (about 30 minutes): wait, or have it unlocked; correct the password or secret first."
    "login-expired" Logins [] [] ["密码…过期", "密码…失效", "修改密码"] unless [] => Class::Account, Refused;
        "密码已过期，请先在金蝶中修改密码。" "The password has expired; change it in 金蝶 first."
    "licence" Any [] [] ["没有…许可", "许可…过期", "许可…不足", "许可…失效", "许可…已满", "许可…超"] unless ["许可证"] => Class::Account, Refused;
        "没有许可：检查WebAPI许可和集成用户的许可分组。" "No licence: check the Web API licence and the user's licence group."
    "administrator" Any [M(15)] [] [] unless [] => Class::Account, Refused;
        "管理员账号不允许登录，请换集成用户。" "Administrators may not log in; use an integration user."
    "administrator-text" Any [] [] ["不允许管理员登录", "管理员…不允许登录", "禁止管理员"] unless [] => Class::Account, Refused;
        "管理员账号不允许登录，请换集成用户。" "Administrators may not log in; use an integration user."

    // The bill's number, and other things that must be unique.
    "number" Any [] ["FBillNo", "FNumber"] ["编码唯一", "编号唯一", "单据编号…已经被使用", "单据编号…已存在", "单据编号…重复"] unless ["序列号", "批号", "重复提交", "重复审核", "已存在下"] => Class::Duplicate { number: String::new() }, Refused;
        "编号已被使用：按单据编号查询，可能就是这张单。" "The number is taken: look it up; it may be this very bill."
    "unique" Any [] [] ["违反字段唯一性", "已经被使用"] unless [] => Class::Refused, Refused;
        "该字段的值必须唯一（不是单据编号）：改正后重试。" "A value other than the bill's number must be unique: mend it, then try again."

    // The session.
    "session" Any [M(1)] [] [] unless [] => Class::SessionLost, Refused;
        "会话已丢失：重新登录。签名方式下请检查凭据。" "The session is lost: log in again. With header signing, check the credentials."
    // The words of older servers, which send no code: the only ones that are known to mean that the call did not run.
    "session-text" Any [M(0)] [] ["会话信息已丢失"] unless [] => Class::SessionLost, Refused;
        "会话已丢失：重新登录。签名方式下请检查凭据。" "The session is lost: log in again. With header signing, check the credentials."
    // Other words prove nothing of the call: a session may end while it runs, and databases and gateways have sessions too.
    "session-ended" Any [] [] ["会话信息已丢失", "会话…失效", "会话…过期", "会话超时", "会话已超时", "上下文…丢失", "请重新登录"] unless ["数据库"] => Class::SessionLost, Unknown;
        "会话可能已失效，无法确定调用是否执行：先查询，再重试。" "The session may have ended, and whether the call ran cannot be told: look up, then try again."

    // What the server asks, and what goes another way.
    "interaction-field" Any [] ["AbstractInteractionResult"] [] unless [] => Class::Interaction, Refused;
        "金蝶要求确认：在 InterationFlags 中写明允许项（如 STK_InvCheckResult 允许负库存），或先处理库存。" "The server asks for consent: name it in InterationFlags (STK_InvCheckResult allows negative stock), or mend the stock."
    "interaction" Any [] [] ["是否继续", "是否要继续", "是否仍继续", "是否仍要继续", "是否仍然继续", "是否确认继续", "是否确定继续", "继续吗", "AbstractInteractionResult"] unless [] => Class::Interaction, Refused;
        "金蝶要求确认：在 InterationFlags 中写明允许项（如 STK_InvCheckResult 允许负库存），或先处理库存。" "The server asks for consent: name it in InterationFlags (STK_InvCheckResult allows negative stock), or mend the stock."
    "workflow" Any [] [] ["关联…工作流", "工作流实例", "流程实例", "工作流审批", "审批流", "不支持…传统审批"] unless [] => Class::Workflow, Refused;
        "单据在工作流中：在金蝶的工作流里审批，或取消该单据的工作流。" "The bill is in a workflow: approve it there, or take the form out of the workflow."

    // What passes by itself.
    "lock" Any [] [] ["冲突…请稍候", "冲突…请稍后", "冲突…稍后再", "业务操作…冲突", "网控", "网络控制", "正在被…使用", "正在被…编辑", "正在被…修改", "正在被…占用", "正在被…操作", "正在被…处理", "被…用户…锁定", "被…用户…占用", "其他用户…正在"] unless [] => Class::Transient, Refused, slows;
        "另一操作占用了单据或库存（网控冲突）：稍后重试。" "Another operation holds the bill or the stock: try later."
    "database" Any [] [] ["死锁", "deadlock", "数据库…超时", "连接超时", "操作超时", "执行超时", "命令超时", "请求超时", "查询超时", "等待超时", "调用超时", "服务超时", "响应超时", "网络超时", "处理超时", "事务超时", "访问超时", "保存超时", "提交超时", "审核超时", "已超时", "超时时间已过", "超时时间已到", "超时已过期", "timeout expired", "timed out", "lock request time out", "等待锁", "与网络相关", "network-related", "transport-level error", "forcibly closed", "max pool size", "resource busy", "连接池", "服务器未响应", "数据库连接", "连接数据库", "传输级错误", "强迫关闭了"] unless [] => Class::Transient, Unknown;
        "数据库繁忙、死锁或超时：先查询，再重试。" "The database is busy, deadlocked or late: look up, then try again."
    "limit" Any [] [] ["调用次数…超过", "超过…调用次数", "调用…频率", "过于频繁", "并发数…超过"] unless [] => Class::Transient, Refused, slows;
        "调用超过限制：降低频率。" "Too many calls: slow down."

    // The bill's status.
    "audited" Any [] [] ["单据已经审核", "单据已审核", "单已审核", "单已经审核"] unless ["不允许", "不能", "不可", "无法", "禁止", "不是", "源单"] => Class::AlreadyDone, Refused;
        "单据已审核，无需再做。" "The bill is audited; nothing is left to do."
    "submitted" Any [] [] ["单据已经提交", "单据已提交", "单已提交", "单已经提交"] unless ["不允许", "不能", "不可", "无法", "禁止", "不是", "源单"] => Class::AlreadyDone, Refused;
        "单据已提交，接着审核。" "The bill is submitted; audit is next."
    "status" Any [] [] ["才允许提交", "才能提交", "才可提交", "才可以提交", "才允许审核", "才能审核", "才可审核", "才可以审核", "未提交…不能审核", "未提交…不允许审核", "才允许反审核", "才能反审核", "才允许删除", "才能删除", "才可以删除", "才允许修改", "才能修改", "只能删除…状态", "只能修改…状态", "单据状态…不允许", "单据状态…不能", "可修改状态", "不是审核中", "已审核…不允许修改", "已审核…不能修改", "已提交…不允许修改", "已提交…不能修改", "单据已经审核", "单据已审核", "单据已经提交", "单据已提交", "单据未提交", "单据未审核", "单据已经作废"] unless ["源单"] => Class::WrongStatus, Refused;
        "单据状态不允许此操作：先查询 FDocumentStatus（Z、A、D 可提交，B 可审核，C 已完成）。" "The bill's status does not allow it: read FDocumentStatus (Z, A, D are submitted, B is audited, C is done)."

    // The call itself, whatever is in it.
    "data" Any [] [] ["接口参数data"] unless [] => Class::Account, Refused;
        "站点读不到请求数据：检查中间的网关或代理；有的站点要求 data 为文本。" "The site does not find the request's data: check the gateway or proxy in between; some sites want data as a text."
    "parameter" Any [M(8)] [] [] unless [] => Class::Refused, Refused;
        "请求参数不对：按金蝶的提示检查。" "A parameter of the call is wrong: check it by the server's message."

    // What is missing or may not be used.
    "required" Any [] [] ["必填", "必录", "必传", "不能为空", "不允许为空", "必须录入", "必须填写"] unless [] => Class::Missing, Refused;
        "补上该字段的值，或更正对照表。" "Give the field a value, or mend the mapping table."
    "field" Any [] [] ["元数据中标识为"] unless [] => Class::Missing, Refused;
        "该字段在此账套不存在：检查字段标识。" "This account has no such field: check the field's key."
    "form" Any [] [] ["标识为…业务对象不存在", "业务对象…不存在"] unless [] => Class::Missing, Refused;
        "该业务对象不存在：检查单据标识（FormId）。" "There is no such form: check the form id."
    "base-data" Any [] [] ["编码值…不存在"] unless [] => Class::Missing, Refused;
        "在金蝶中补建、审核并分配该基础资料，或更正对照表。" "Create, audit and allocate the base data, or mend the mapping table."
    "base-data-status" Any [] [] ["不是已审核状态", "不是审核状态", "物料…未审核", "客户…未审核", "仓库…未审核", "基础资料…未审核", "已被禁用", "已禁用", "未分配"] unless [] => Class::Missing, Refused;
        "在金蝶中审核、反禁用或分配该基础资料。" "Audit, enable or allocate the base data in 金蝶."

    // Codes that mean the same whatever the text.
    "lock-code" Any [M(13)] [] [] unless [] => Class::Transient, Refused, slows;
        "网络控制冲突：稍后重试。" "A lock is held by another operation: try later."
    "limit-code" Any [M(14)] [] [] unless [] => Class::Transient, Refused, slows;
        "调用超过限制：降低频率。" "Too many calls: slow down."
    "database-code" Any [M(6)] [] [] unless [] => Class::Transient, Unknown;
        "数据库失败（死锁或超时）：先查询，再重试。" "Database failure: look up, then try again."
    "later" Any [] [] ["请稍候", "请稍后", "稍后再试", "稍后重试", "稍候再试", "系统繁忙", "服务器繁忙", "服务器忙", "服务繁忙"] unless [] => Class::Transient, Unknown;
        "服务器繁忙：先查询，稍后再试。" "The server is busy: look up, and try later."

    // Logins by their code.
    "login-password-expired" Logins [L(-2), L(-3)] [] [] unless [] => Class::Account, Refused;
        "密码已过期，请先在金蝶中修改密码。" "The password has expired; change it in 金蝶 first."
    "login-account" Logins [L(-1)] [] [] unless ["密码"] => Class::Account, Refused;
        "多为账套ID（acct_id）不对：填写数据中心标识。" "Mostly acct_id is wrong: it is the data centre's id."

    // Stock and period.
    "stock" Any [] [] ["更新库存", "入库上限", "库存不足", "库存数量不足", "库存量不足", "存量不足", "可用量不足", "负库存"] unless [] => Class::Stock, Refused;
        "处理库存或入库上限后重试；允许负库存时写 InterationFlags STK_InvCheckResult。" "Mend the stock or the limit, then try again; where negative stock is allowed, send InterationFlags STK_InvCheckResult."
    "period" Any [] [] ["关账", "结账", "启用日期", "启用期间", "会计期间", "当前期间", "所在期间", "期间已", "期间未", "单据日期…早于", "单据日期…小于", "业务日期…早于", "业务日期…小于", "记账日期…早于", "记账日期…小于"] unless ["生产日期", "有效期", "保质期", "字段…不正确", "字段…非法", "字段…不合法", "字段值", "没有…权限", "权限不足"] => Class::ClosedPeriod, Refused;
        "金蝶已关账或未启用：改用可记账的日期，或反关账。" "The period is closed or not open yet: use an open date, or reopen it."
    "absent" Any [] [] ["不存在", "找不到", "未找到"] unless [] => Class::Missing, Refused;
        "所指的资料或单据不存在：检查编码和组织。" "What is referred to is not there: check number and organisation."
    "again" Any [M(0), M(4)] [] ["请重试", "重新执行", "重新运行"] unless [] => Class::Transient, Unknown;
        "服务器请求重试：先查询，再重试。" "The server asks to try again: look up, then try again."

    // Rights, and what is left of the codes.
    "right" Any [] [] ["没有…权限", "无…功能权限", "无…操作权限", "无权", "权限不足"] unless ["组织", "找到", "检查"] => Class::Account, Refused;
        "没有权限：给集成用户授权该单据和操作。" "No permission: grant this form and operation to the integration user."
    "right-code" Any [M(2)] [] [] unless [] => Class::Account, Refused;
        "没有权限：给集成用户授权该单据和操作。" "No permission: grant this form and operation to the integration user."
    "licence-code" Any [M(7)] [] [] unless [] => Class::Account, Refused;
        "没有许可：检查WebAPI许可和集成用户的许可分组。" "No licence: check the Web API licence and the user's licence group."
    "login" Logins [] [] [] unless [] => Class::Account, Refused;
        "登录被拒绝：检查用户名和密码或密钥，多次失败会锁定账号。" "The login is refused: check user and password or secret; repeated failures lock the account."
    "call" Any [M(3), M(5)] [] [] unless [] => Class::Refused, Refused;
        "缺少操作或单据标识。" "The operation or form id is missing."
    "value-code" Any [M(9), M(10)] [] [] unless [] => Class::Missing, Refused;
        "字段、基础资料或单据不存在。" "A field, a base data value or a bill is not there."
    "status-code" Any [M(12)] [] [] unless [] => Class::WrongStatus, Refused;
        "单据状态不允许此操作：先查询 FDocumentStatus。" "The bill's status does not allow it: read FDocumentStatus."
    "exception" Any [M(4)] [] [] unless [] => Class::Refused, Unknown;
        "服务器内部错误：先查询，再按金蝶的提示处理。" "The server failed inside: look up, then act on its message."
    "refused" Any [] [] [] unless [] => Class::Refused, Refused;
        "按金蝶的提示处理后重试。" "Act on the server's message, then try again."
};
