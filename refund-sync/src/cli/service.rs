//! `service`: `serve` as a Windows service: installed, removed, and run by Windows. What it does there is `cli::serve`'s.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use clap::Subcommand;
use windows_service::service::{
    Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceControl, ServiceControlAccept,
    ServiceErrorControl, ServiceExitCode, ServiceFailureActions, ServiceFailureResetPeriod, ServiceInfo,
    ServiceStartType, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{self, ServiceControlHandlerResult, ServiceStatusHandle};
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};
use windows_service::{Error, define_windows_service, service_dispatcher};

use super::context::{Context, Exit};
use super::{open, signal};
use crate::lang::told;

const NAME: &str = "refund-sync";
/// Windows' own account for this service alone: it has no password, and no rights but those that it is given.
const ACCOUNT: &str = r"NT SERVICE\refund-sync";
/// A call to 金蝶 that is under way is waited for up to 60 s.
const STOPS_WITHIN: Duration = Duration::from_secs(75);
/// How long it waits before it is started again when it failed.
const AGAIN_AFTER: [Duration; 3] =
    [Duration::from_secs(10), Duration::from_secs(60), Duration::from_secs(300)];
const DAY: Duration = Duration::from_secs(86_400);

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// 安装服务（需以管理员身份运行）。
    ///
    /// Installs the service; needs an administrator.
    Install,
    /// 停止并删除服务（需以管理员身份运行）。
    ///
    /// Stops and removes it; needs an administrator.
    Remove,
    /// 由 Windows 启动。
    ///
    /// What Windows starts.
    #[command(hide = true)]
    Run,
}

/// What the service does until it is asked to end.
pub(super) type Work = fn(&mut Context) -> Exit;

/// What `run` was called with, until Windows calls us.
static CALLED: Mutex<Option<(Work, Context)>> = Mutex::new(None);
/// Whom to tell how the service is doing.
static STATUS: OnceLock<ServiceStatusHandle> = OnceLock::new();

pub(super) fn main(command: &Command, log_dir: Option<PathBuf>, mut context: Context, work: Work) -> Exit {
    let done = match command {
        Command::Install => install(log_dir, &mut context),
        Command::Remove => remove(&mut context),
        Command::Run => return run(context, work),
    };
    done.unwrap_or_else(|exit| exit)
}

fn install(log_dir: Option<PathBuf>, context: &mut Context) -> Result<Exit, Exit> {
    // What is wrong is told here: the service would tell it to its log only.
    open::configuration(context)?;
    let absolute = |path: &Path| std::path::absolute(path);
    let paths = absolute(&context.config).and_then(|config| {
        let folder = config.parent().unwrap_or(Path::new("")).to_owned();
        let logs = log_dir.map_or_else(|| Ok(folder.join("logs")), |logs| absolute(&logs))?;
        Ok((std::env::current_exe()?, config, folder, logs))
    });
    let (program, config, folder, logs) = paths.map_err(|error| open::failed(context, &error.to_string()))?;
    let info = ServiceInfo {
        name: NAME.into(),
        display_name: NAME.into(),
        service_type: ServiceType::OWN_PROCESS,
        start_type: ServiceStartType::AutoStart,
        error_control: ServiceErrorControl::Normal,
        executable_path: program,
        launch_arguments: arguments(&config, &logs),
        dependencies: Vec::new(),
        account_name: Some(ACCOUNT.into()),
        account_password: None,
    };
    install_as(&info).map_err(|error| refused(context, &error))?;
    let (folder, logs) = (folder.display(), logs.display());
    let rights = format!(
        "icacls \"{folder}\" /inheritance:r /grant \"*S-1-5-32-544:(OI)(CI)F\" \"*S-1-5-18:(OI)(CI)F\" \"{ACCOUNT}:(OI)(CI)M\""
    );
    context.out.lines(told!(
        "已安装服务 {NAME}，账户 {ACCOUNT}\n日志：{logs}\n\n\
         下一步：只让管理员和该服务读写此目录：\n  {rights}\n启动：\n  sc.exe start {NAME}",
        "installed the service {NAME}, account {ACCOUNT}\nlog: {logs}\n\n\
         Next: let only administrators and the service into its folder:\n  {rights}\nstart it:\n  sc.exe start {NAME}"
    ));
    Ok(Exit::Done)
}

fn arguments(config: &Path, logs: &Path) -> Vec<OsString> {
    let words = ["service", "run"].map(OsStr::new);
    let named = [OsStr::new("--config"), config.as_os_str(), OsStr::new("--log-dir"), logs.as_os_str()];
    named.into_iter().chain(words).map(OsStr::to_owned).collect()
}

fn install_as(info: &ServiceInfo) -> Result<(), Error> {
    let access = ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE;
    let manager = ServiceManager::local_computer(None::<&str>, access)?;
    // To have a failed service started again one must have the right to start it.
    let service = manager.create_service(info, ServiceAccess::CHANGE_CONFIG | ServiceAccess::START)?;
    service.set_description(told!(
        "旺店通 → 金蝶云星空 销售退货同步",
        "finished sales returns of 旺店通 into 金蝶云星空"
    ))?;
    service.set_delayed_auto_start(true)?;
    let again = |delay| ServiceAction { action_type: ServiceActionType::Restart, delay };
    service.update_failure_actions(ServiceFailureActions {
        reset_period: ServiceFailureResetPeriod::After(DAY),
        reboot_msg: None,
        command: None,
        actions: Some(AGAIN_AFTER.map(again).into()),
    })?;
    service.set_failure_actions_on_non_crash_failures(true)
}

fn remove(context: &mut Context) -> Result<Exit, Exit> {
    let removed = || {
        let manager = ServiceManager::local_computer(None::<&str>, ServiceManagerAccess::CONNECT)?;
        let access = ServiceAccess::QUERY_STATUS | ServiceAccess::STOP | ServiceAccess::DELETE;
        let service = manager.open_service(NAME, access)?;
        stop(&service)?;
        service.delete()
    };
    removed().map_err(|error| refused(context, &error))?;
    context.out.line(told!(
        "已删除服务；配置、同步台账和日志都保留",
        "the service is removed; configuration, journal and log stay"
    ));
    Ok(Exit::Done)
}

/// Windows removes a service once it has ended.
fn stop(service: &Service) -> Result<(), Error> {
    const LOOK: Duration = Duration::from_millis(500);
    if service.query_status()?.current_state == ServiceState::Stopped {
        return Ok(());
    }
    service.stop()?;
    let mut waited = Duration::ZERO;
    while service.query_status()?.current_state != ServiceState::Stopped && waited < STOPS_WITHIN {
        std::thread::sleep(LOOK);
        waited += LOOK;
    }
    Ok(())
}

fn refused(context: &mut Context, error: &Error) -> Exit {
    // What Windows itself says is the useful part.
    let why = match error {
        Error::Winapi(error) => error.to_string(),
        other => other.to_string(),
    };
    open::failed(
        context,
        told!(
            "{why} · 请以管理员身份运行；服务是否已存在？",
            "{why} · Run it as an administrator; is the service there already?"
        ),
    )
}

/// Ends when the service has ended.
fn run(context: Context, work: Work) -> Exit {
    *CALLED.lock().unwrap_or_else(PoisonError::into_inner) = Some((work, context));
    match service_dispatcher::start(NAME, begin) {
        Ok(()) => Exit::Done,
        // The log is all that there is: no screen belongs to a service.
        Err(error) => {
            tracing::error!(%error, message_zh = "只能由 Windows 启动：sc.exe start refund-sync", "only Windows starts this, by: sc.exe start refund-sync");
            Exit::Failed
        }
    }
}

define_windows_service!(begin, serve);

/// The service's life, on a thread that Windows made.
fn serve(_: Vec<OsString>) {
    let called = CALLED.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some((work, mut context)) = called else { return };
    match service_control_handler::register(NAME, obey) {
        Ok(status) => drop(STATUS.set(status)),
        Err(error) => {
            return tracing::error!(%error, message_zh = "服务注册失败", "Windows does not take the service");
        }
    }
    tell(ServiceState::Running, Exit::Done);
    let exit = work(&mut context);
    tell(ServiceState::Stopped, exit);
}

/// What Windows asks of the service.
fn obey(control: ServiceControl) -> ServiceControlHandlerResult {
    match control {
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        ServiceControl::Stop | ServiceControl::Shutdown => {
            tell(ServiceState::StopPending, Exit::Done);
            signal::end();
            ServiceControlHandlerResult::NoError
        }
        _ => ServiceControlHandlerResult::NotImplemented,
    }
}

fn tell(state: ServiceState, exit: Exit) {
    let is_running = state == ServiceState::Running;
    let accepted = ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN;
    let status = ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: if is_running { accepted } else { ServiceControlAccept::empty() },
        exit_code: match exit {
            Exit::Done => ServiceExitCode::NO_ERROR,
            failed => ServiceExitCode::ServiceSpecific(failed.code().into()),
        },
        checkpoint: 0,
        wait_hint: if state == ServiceState::StopPending { STOPS_WITHIN } else { Duration::ZERO },
        process_id: None,
    };
    let told = STATUS.get().map(|handle| handle.set_service_status(status));
    if let Some(Err(error)) = told {
        tracing::warn!(%error, ?state, message_zh = "无法把服务状态告知 Windows", "Windows could not be told");
    }
}
