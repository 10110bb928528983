//! Prints the description of `/api/v1`: `cargo xtask codegen` keeps it as `docs/openapi.json`.

fn main() {
    anstream::println!("{:#}", refund_sync::serve::web::openapi());
}
