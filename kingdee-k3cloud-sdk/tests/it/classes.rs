//! The table of objections: one test a row at least, and none that another row hides.

use std::collections::BTreeSet;

use kingdee_k3cloud_sdk::class::{self, Code, Objection, RULES};
use kingdee_k3cloud_sdk::{Class, Fate};

/// What a row of this test says: where the objection comes from, which rule decides, what follows.
struct Case {
    field: &'static str,
    message: &'static str,
    code: Code,
    is_login: bool,
    rule: &'static str,
    class: Class,
}

impl Case {
    fn holds(&self) {
        let field = (!self.field.is_empty()).then_some(self.field);
        let objection = Objection { field, message: self.message, code: self.code, is_login: self.is_login };
        let rule = objection.rule();
        assert_eq!(rule.name, self.rule, "{}", self.message);
        if let (Code::Msg(code), false) = (self.code, self.is_login) {
            assert_eq!(Class::at(field, self.message, code), self.class);
        } else {
            assert_eq!(rule.class, self.class);
        }
    }
}

macro_rules! rows {
    ($($name:ident: $($field:ident)? $message:literal, $code:expr => $rule:literal $class:expr;)*) => {
        $(
            #[test]
            fn $name() {
                rows!(@ $($field)? $message, $code, $rule, $class).holds();
            }
        )*

        #[test]
        fn every_row_of_the_table_has_its_test() {
            let tested: BTreeSet<&str> = [$($rule),*].into();
            let rules: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
            assert_eq!(rules.difference(&tested).collect::<Vec<_>>(), [""; 0].iter().collect::<Vec<_>>());
            assert_eq!(rules.len(), RULES.len(), "two rows have one name");
        }
    };
    (@ $message:literal, $code:expr, $rule:literal, $class:expr) => { rows!(@@ "", $message, $code, $rule, $class) };
    (@ $field:ident $message:literal, $code:expr, $rule:literal, $class:expr) => {
        rows!(@@ stringify!($field), $message, $code, $rule, $class)
    };
    (@@ $field:expr, $message:literal, $code:expr, $rule:literal, $class:expr) => {
        {
            let (code, is_login) = $code;
            Case { field: $field, message: $message, code, is_login, rule: $rule, class: $class }
        }
    };
}

/// An answer of any service but a login.
const fn msg(code: i64) -> (Code, bool) {
    (Code::Msg(code), false)
}

/// An envelope that answers a login.
const fn login_msg(code: i64) -> (Code, bool) {
    (Code::Msg(code), true)
}

const fn login(result: i64) -> (Code, bool) {
    (Code::Login(result), true)
}

const fn gateway(code: i64) -> (Code, bool) {
    (Code::Gateway(code), false)
}

fn duplicate(number: &str) -> Class {
    Class::Duplicate { number: number.to_owned() }
}

rows! {
    a_clock_that_is_off_is_the_accounts: "time", gateway(4006) => "gateway-clock" Class::Account;
    a_path_that_the_gateway_does_not_know: "API not found[GW]", gateway(5001) => "gateway-path" Class::Account;
    what_the_gateway_refuses_is_the_accounts: "Unauthorized", gateway(4002) => "gateway" Class::Account;

    a_login_that_finds_no_session_is_the_accounts: "会话信息已丢失，请重新登录", login(0) => "login-session" Class::Account;
    a_data_centre_that_is_not_found_is_named: "当前尝试登录的数据中心无法获取到，请重新检查，谢谢。", login(-1) => "account-id" Class::Account;
    so_it_is_whatever_the_result: "当前尝试登录的数据中心无法获取到，请重新检查，谢谢。", login(0) => "account-id" Class::Account;
    a_user_who_may_not_call_is_the_accounts: "当前用户未指定允许调用WebAPI接口", msg(11) => "webapi-users" Class::Account;
    so_it_is_at_a_login: "当前用户未指定允许调用WebAPI接口", login_msg(11) => "webapi-users" Class::Account;
    an_address_that_is_not_listed_is_the_accounts: "当前客户端IP不在WebApi白名单中", msg(0) => "webapi-users" Class::Account;
    an_interface_that_is_not_granted_is_the_accounts: "接口ExecuteBillQuery未授权", msg(11) => "webapi-users" Class::Account;
    a_list_of_users_is_one_with_blanks_in_between: "当前用户不在允许调用 WebAPI 接口的用户列表中", msg(11) => "webapi-users" Class::Account;
    an_address_outside_of_what_is_allowed: "您的IP不在允许访问的范围内", msg(11) => "webapi-users" Class::Account;
    a_list_of_users_is_one_with_blanks_in_its_name: "当前用户未指定允许调用 Web API 接口", msg(11) => "webapi-users" Class::Account;
    so_it_is_in_letters_of_full_width: "当前用户未指定允许调用ＷｅｂＡＰＩ接口", msg(11) => "webapi-users" Class::Account;
    a_client_that_is_not_listed: "当前客户端不在允许访问的客户端清单中", msg(11) => "webapi-users" Class::Account;
    an_interface_that_is_not_listed: "接口SAL_RETURNSTOCK.Save不在允许调用的接口清单中", msg(11) => "webapi-users" Class::Account;
    a_user_without_the_right_to_the_interface: "该用户无WebAPI调用权限", msg(11) => "webapi-users" Class::Account;
    a_discount_beyond_its_bounds_is_no_list: "折扣率不在允许的范围内", msg(11) => "refused" Class::Refused;
    a_user_who_is_disabled_is_the_accounts: "用户“api”已被禁用，请联系管理员", msg(11) => "user" Class::Account;
    a_user_whom_the_application_does_not_list: "第三方应用：BOM配单 不允许用户demo 登录，请联系系统管理员添加！", login(-4) => "app-users" Class::Account;
    a_locked_account_is_named: "用户已被锁定，请稍后再试", login(0) => "login-locked" Class::Account;
    an_expired_password_is_named_by_its_text: "密码已过期，请修改密码", login(-8) => "login-expired" Class::Account;
    an_expired_password_is_named_by_its_code: "请联系管理员", login(-3) => "login-password-expired" Class::Account;
    a_failure_is_mostly_the_account_id: "登录失败", login(-1) => "login-account" Class::Account;
    a_wrong_password_is_not_the_account_id: "用户名或密码错误", login(-1) => "login" Class::Account;
    a_wrong_password_is_the_accounts: "用户名或密码错误", login(0) => "login" Class::Account;
    an_empty_password_is_no_bills_missing_field: "密码不能为空", login(0) => "login" Class::Account;
    a_login_that_the_database_delays_passes: "数据库连接超时", login(-1) => "database" Class::Transient;
    a_missing_licence_is_the_accounts: "用户没有WebAPI许可", msg(0) => "licence" Class::Account;
    a_missing_licence_by_its_code: "x", msg(7) => "licence-code" Class::Account;
    an_administrator_by_the_code: "x", msg(15) => "administrator" Class::Account;
    an_administrator_by_the_text: "系统不允许管理员登录", login(-7) => "administrator-text" Class::Account;
    a_missing_right_by_its_text: "您没有该功能的操作权限", msg(11) => "right" Class::Account;
    a_missing_right_names_form_and_operation: "您没有“销售退货单”的“新增”权限", msg(0) => "right" Class::Account;
    a_right_in_one_organisation_is_one_bills: "没有组织“101”的业务权限", msg(11) => "refused" Class::Refused;
    a_missing_right_by_its_other_text: "无当前功能权限", msg(0) => "right" Class::Account;
    a_missing_right_by_its_code: "x", msg(2) => "right-code" Class::Account;

    a_number_in_use_is_a_duplicate: FBillNo "违反字段唯一性要求：编码唯一。[TK1]在当前系统中已经被使用。", msg(11) => "number" duplicate("TK1");
    so_it_is_where_no_field_is_named: "违反字段唯一性要求：编码唯一。[TK1]在当前系统中已经被使用。", msg(11) => "number" duplicate("TK1");
    a_duplicate_stays_one_whatever_the_code: "违反字段唯一性要求：编码唯一。[TK[1]]在当前系统中已经被使用。", msg(13) => "number" duplicate("TK[1]");
    a_serial_number_in_use_is_not_our_number: FSerialNo "违反字段唯一性要求：序列号唯一。[SN1]在当前系统中已经被使用。", msg(11) => "unique" Class::Refused;
    a_bill_that_is_submitted_twice_is_no_duplicate: "单据编号为“T”的销售退货单，单据已提交，不允许重复提交", msg(11) => "status" Class::WrongStatus;
    nor_is_one_that_was_pushed: "单据编号为“T”的销售退货单，已存在下游单据，不能反审核", msg(11) => "refused" Class::Refused;
    nor_is_it_by_the_field_alone: FSerialNo "违反字段唯一性要求：编码唯一。[SN1]在当前系统中已经被使用。", msg(11) => "unique" Class::Refused;

    a_lost_session_by_its_code: "context lost", msg(1) => "session" Class::SessionLost;
    a_lost_session_by_its_text: "会话信息已丢失，请重新登录", msg(0) => "session-text" Class::SessionLost;

    a_session_that_has_ended_in_other_words_is_lost_and_its_call_in_doubt: "会话已经失效,请重新登录", msg(0) => "session-ended" Class::SessionLost;
    so_it_is_without_its_name: "登录已过期，请重新登录", msg(0) => "session-ended" Class::SessionLost;
    so_it_is_in_the_known_words_beside_another_code: "会话信息已丢失，请重新登录", msg(4) => "session-ended" Class::SessionLost;

    a_session_that_timed_out_is_no_database: "会话已超时，请重新登录", msg(0) => "session-ended" Class::SessionLost;
    a_session_of_a_database_is_no_login: "数据库会话执行超时", msg(4) => "database" Class::Transient;

    a_question_by_its_field: AbstractInteractionResult "第1行库存不足", msg(11) => "interaction-field" Class::Interaction;
    a_question_by_its_text: "更新库存时出现可以忽略的异常数据，是否继续？", msg(11) => "interaction" Class::Interaction;
    a_question_in_other_words: "第1行数量超过可退数量，是否要继续？", msg(0) => "interaction" Class::Interaction;
    nor_is_a_hint_a_question: "请检查是否启用批号，处理后继续操作", msg(11) => "refused" Class::Refused;
    a_question_without_a_context: "AbstractInteractionResult.InteractionContext is null", msg(0) => "interaction" Class::Interaction;
    a_workflow_is_one: "单据编号为“T”的销售退货单，已关联工作流实例，不支持通过WebAPI接口进行传统审批", msg(11) => "workflow" Class::Workflow;

    so_is_an_approval_by_its_other_name: "存在未处理的审批流，不能反审核", msg(11) => "workflow" Class::Workflow;

    a_lock_by_its_text_is_transient: "“api”使用业务单据：“销售退货单”业务操作-“[销售退货单-TK2611280001-修改]”冲突，请稍候再使用。", msg(0) => "lock" Class::Transient;
    so_it_is_in_plain_quotes: "\"demo\"使用业务单据：\"费用报销单\"业务操作-\"[费用报销单-FYBX-修改]\"冲突，请稍候再使用。", msg(0) => "lock" Class::Transient;
    so_it_is_in_other_words: "网控冲突，请稍后", msg(11) => "lock" Class::Transient;
    a_lock_passes_without_being_asked_to_wait: "“api”使用业务单据：“销售退货单”业务操作-“[T-修改]”冲突，对方完成后方可操作", msg(0) => "lock" Class::Transient;
    a_bill_that_somebody_has_open_passes: "该单据正在被其他用户使用", msg(0) => "lock" Class::Transient;
    so_does_one_that_somebody_changes: "单据“T”正在被“demo”修改，不能同时操作", msg(0) => "lock" Class::Transient;
    so_does_one_that_somebody_locked: "单据T已被用户“张三”锁定", msg(0) => "lock" Class::Transient;
    a_serial_number_that_another_bill_has_does_not: "序列号SN1已被单据“X”占用", msg(11) => "refused" Class::Refused;
    a_serial_number_that_clashes_does_not_pass: "序列号冲突，请修改后保存", msg(11) => "refused" Class::Refused;
    a_lock_by_its_code_is_transient: "请求被拒绝", msg(13) => "lock-code" Class::Transient;
    a_deadlock_is_transient: "事务(进程 ID 52)与另一个进程被死锁在 锁 资源上，并且已被选作死锁牺牲品。请重新运行该事务。", msg(11) => "database" Class::Transient;
    a_time_out_is_transient: "Timeout 时间已到。在操作完成之前超时时间已过或服务器未响应。", msg(4) => "database" Class::Transient;
    a_time_out_of_a_statement_is_transient: "执行超时已过期。完成操作之前已超时或服务器未响应。", msg(4) => "database" Class::Transient;
    a_call_that_took_too_long_is_transient: "服务调用超时", msg(11) => "database" Class::Transient;
    a_time_out_in_english_is_transient: "Execution Timeout Expired", msg(4) => "database" Class::Transient;
    a_connection_that_broke_is_transient: "A transport-level error has occurred when receiving results from the server.", msg(4) => "database" Class::Transient;
    a_time_that_is_over_is_transient: "超时时间已到。", msg(4) => "database" Class::Transient;
    a_lock_that_is_waited_for_is_transient: "Lock request time out period exceeded.", msg(4) => "database" Class::Transient;
    so_it_is_in_the_other_database: "ORA-02049: 超时: 分布式事务处理等待锁", msg(4) => "database" Class::Transient;
    a_database_out_of_reach_is_transient: "在与 SQL Server 建立连接时出现与网络相关的或特定于实例的错误", msg(4) => "database" Class::Transient;
    an_unreachable_database_is_transient: "数据库连接超时", msg(0) => "database" Class::Transient;
    a_deadlock_while_stock_is_updated_is_transient: "更新库存时数据库死锁，请重试", msg(11) => "database" Class::Transient;
    a_database_failure_by_its_code_is_transient: "x", msg(6) => "database-code" Class::Transient;
    too_many_calls_by_their_text: "调用次数超过限制", msg(0) => "limit" Class::Transient;
    too_many_calls_by_their_code: "超过限制", msg(14) => "limit-code" Class::Transient;
    a_busy_server_passes: "系统繁忙，请稍后再试", msg(11) => "later" Class::Transient;
    a_server_that_asks_to_try_again: "处理失败，请重试", msg(4) => "again" Class::Transient;
    goods_that_were_late_are_no_time_out: "发货超时的订单不允许退货", msg(11) => "refused" Class::Refused;

    audited_before_is_done: "单据编号为“T”的销售退货单，单据已经审核！", msg(11) => "audited" Class::AlreadyDone;
    submitted_before_is_done: "单据编号为“T”的销售退货单，单据已提交", msg(11) => "submitted" Class::AlreadyDone;
    audited_and_so_not_to_be_changed_is_not_done: "单据已审核，不允许修改", msg(11) => "status" Class::WrongStatus;
    so_it_is_not_without_the_word_bill: "数据已审核，不能修改", msg(11) => "status" Class::WrongStatus;
    what_may_not_be_submitted_is_a_status: "单据编号为“T”的销售退货单，只有暂存、创建和重新审核的数据才允许提交！", msg(11) => "status" Class::WrongStatus;
    so_it_is_in_other_words_for_may: "只有暂存,创建,重新审核状态的单据才可以提交", msg(11) => "status" Class::WrongStatus;
    what_was_not_submitted_is_a_status: "单据“T”未提交，不能审核", msg(11) => "status" Class::WrongStatus;
    what_may_not_be_deleted_is_a_status: "只能删除创建,暂存,重新审核状态的数据!", msg(11) => "status" Class::WrongStatus;
    what_may_not_be_operated_is_a_status: "x", msg(12) => "status-code" Class::WrongStatus;
    a_material_that_is_not_audited_is_not_a_bill_that_is: "物料“SKU-0001”不是已审核状态", msg(11) => "base-data-status" Class::Missing;
    a_customer_that_is_forbidden_is_missing: "客户“C001”已被禁用", msg(11) => "base-data-status" Class::Missing;

    data_that_the_site_does_not_find_is_no_bills_empty_field: "接口参数data不能为空", msg(8) => "data" Class::Account;
    a_parameter_of_the_call_is_no_bills_empty_field: "data数据包中的参数FieldKeys的值不能为空。", msg(8) => "parameter" Class::Refused;
    nor_is_a_form_that_is_not_named: "data数据包中的参数FormId必传。", msg(8) => "parameter" Class::Refused;

    a_required_field_is_missing: FRetcustId "字段“客户”是必填项", msg(11) => "required" Class::Missing;
    so_it_is_whatever_it_is_called: "字段“结账方式”是必填项", msg(11) => "required" Class::Missing;
    a_required_cell_is_missing: "单据体实体【明细信息】第【1】行分录，【仓库】字段必录", msg(11) => "required" Class::Missing;
    a_value_that_must_be_entered_is_missing: "第1行，仓库必须录入", msg(11) => "required" Class::Missing;
    what_is_not_found_is_missing: "未找到客户C009", msg(11) => "absent" Class::Missing;
    an_unknown_code_is_missing: "编码值[\"C9\"]不存在", msg(9) => "base-data" Class::Missing;
    a_name_says_nothing: "编码值[\"关账死锁仓\"]不存在", msg(9) => "base-data" Class::Missing;
    an_unknown_field_is_missing: "元数据中标识为FX的字段不存在", msg(9) => "field" Class::Missing;
    an_unknown_form_is_missing: "标识为“SAL_X”的业务对象不存在，或者被删除。", msg(4) => "form" Class::Missing;
    an_unknown_bill_is_missing: "单据编号为“T”的单据不存在", msg(10) => "absent" Class::Missing;
    an_unknown_value_by_its_code: "x", msg(9) => "value-code" Class::Missing;

    negative_stock_is_stock: "更新库存出现异常情况，更新库存不成功！", msg(11) => "stock" Class::Stock;
    too_little_is_stock: "物料“结账机”可用库存不足", msg(11) => "stock" Class::Stock;
    so_it_is_by_the_quantity: "物料M1即时库存数量不足", msg(11) => "stock" Class::Stock;
    an_upper_limit_is_stock: "第1行分录，数量大于入库上限！", msg(0) => "stock" Class::Stock;
    a_closed_account_is_a_period: "单据日期早于组织的关账日期", msg(11) => "period" Class::ClosedPeriod;
    so_it_is_in_quotes: "“单据日期”不能小于等于“库存关账日期”", msg(11) => "period" Class::ClosedPeriod;
    so_it_is_in_its_other_spelling: "组织100的库存已关帐，不能保存", msg(11) => "period" Class::ClosedPeriod;
    a_field_that_is_called_so_is_no_period: "字段“结账日期”的值不正确", msg(11) => "refused" Class::Refused;
    so_is_one_whose_value_is_none: "“关账标志”字段值非法", msg(11) => "refused" Class::Refused;
    a_department_that_is_called_so_is_none: "您没有“结账部”的业务权限", msg(11) => "right" Class::Account;
    a_settled_period_is_a_period: "当前期间已结账", msg(11) => "period" Class::ClosedPeriod;
    before_the_start_is_a_period: "日期小于等于启用日期", msg(0) => "period" Class::ClosedPeriod;
    no_quantity_is_no_period: "第1行分录，实退数量小于等于0", msg(11) => "refused" Class::Refused;
    no_price_is_no_period: "第1行分录，未免费的物料，含税单价不能小于等于0", msg(11) => "refused" Class::Refused;
    a_shelf_life_is_no_period: "有效期至不能早于生产日期", msg(11) => "refused" Class::Refused;
    a_delivery_is_no_period: "交货日期不能早于单据日期", msg(11) => "refused" Class::Refused;
    while_something_ran_is_no_period: "存储过程执行期间发生错误", msg(11) => "refused" Class::Refused;

    a_call_without_a_form: "x", msg(5) => "call" Class::Refused;
    an_exception_is_refused: "未将对象引用设置到对象的实例", msg(4) => "exception" Class::Refused;
    a_failed_check_is_refused: "数据不合法", msg(11) => "refused" Class::Refused;
    nothing_said_is_refused: "", msg(0) => "refused" Class::Refused;
}

/// What the server says to a client that asks for lcid 3076.
#[test]
fn the_texts_in_traditional_spelling_are_of_the_same_class() {
    for (message, code, rule) in [
        ("“api”使用業務單據：“銷售退貨單”業務操作-“[T-修改]”衝突，請稍候再使用。", msg(0), "lock"),
        ("只有暫存、創建和重新審核的數據才允許提交！", msg(11), "status"),
        ("單據編號為“T”的銷售退貨單，單據已經審核！", msg(11), "audited"),
        ("當前用戶未指定允許調用WebAPI接口", msg(11), "webapi-users"),
        ("當前嘗試登錄的數據中心無法獲取到，請重新檢查，謝謝。", login(0), "account-id"),
        ("會話信息已丟失，請重新登錄", msg(0), "session-text"),
        ("違反字段唯一性要求：編碼唯一。[T]在當前系統中已經被使用。", msg(11), "number"),
        ("字段「客戶」是必填項", msg(11), "required"),
        ("單據體實體【明細信息】第【1】行分錄，【倉庫】字段必錄", msg(11), "required"),
        ("更新庫存出現異常情況，更新庫存不成功！", msg(11), "stock"),
        ("更新庫存時出現可以忽略的異常數據，是否繼續？", msg(11), "interaction"),
        ("已關聯工作流實例，不支持通過WebAPI接口進行傳統審批", msg(11), "workflow"),
        ("單據日期小於等於庫存關賬日期", msg(11), "period"),
        ("數據庫連接超時", msg(0), "database"),
        ("系統繁忙，請稍後再試", msg(11), "later"),
        // Words of Taiwan, as SQL Server and 金蝶 say them there.
        ("執行逾時到期。在作業完成之前超過逾時等待的時間，或是伺服器未回應。", msg(4), "database"),
        ("資料庫連線逾時", msg(0), "database"),
        (
            "交易 (處理序識別碼 55) 在鎖定資源上被另一個處理序鎖死並已被選擇作為死結的犧牲者。",
            msg(6),
            "database",
        ),
        ("當前嘗試登入的資料中心無法獲取到，請重新檢查，謝謝。", login(0), "account-id"),
        ("會話已逾時，請重新登入", msg(0), "session-ended"),
        ("會話已過期，請重新登入", msg(0), "session-ended"),
        ("目前使用者未指定允許調用WebAPI介面", msg(11), "webapi-users"),
        ("單據日期早於庫存關帳日期", msg(11), "period"),
    ] {
        let (code, is_login) = code;
        assert_eq!(Objection { field: None, message, code, is_login }.rule().name, rule, "{message}");
    }
}

#[test]
fn only_what_may_have_been_done_wants_a_look() {
    let unknown: Vec<_> =
        RULES.iter().filter(|rule| rule.fate == Fate::Unknown).map(|rule| rule.name).collect();
    assert_eq!(unknown, ["session-ended", "database", "database-code", "later", "again", "exception"]);
}

#[test]
fn every_row_advises_in_both_languages() {
    for rule in RULES {
        let advice = rule.advice.clone();
        assert_eq!(advice.to_string(), format!("{} ({})", advice.en, advice.zh), "{rule:?}");
        assert!(advice.zh.ends_with('。') && advice.en.ends_with('.'), "{rule:?}");
    }
}

#[test]
fn the_document_is_the_table() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ERRORS.md");
    let kept = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    assert_eq!(kept, class::markdown(), "write it anew: cargo xtask codegen");
}
