//! pool [threads [n]] or pool panic: sums the squares below n and sorts n numbers in a rayon pool, and has every worker say
//! on standard error that it took part. With `panic` one job panics: the worker traps, and with it the program ends.
//!
//!     TOOLCHAIN/cargo build --release && cp target/wasm32-wasip1-threads/release/pool.wasm .
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let panics = args.first().is_some_and(|a| a == "panic");
    let number = |i: usize, otherwise: u64| args.get(i).and_then(|a| a.parse().ok()).unwrap_or(otherwise);
    let (threads, n) = (number(0, 4) as usize, number(1, 200_000));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");

    if panics {
        pool.install(|| (0..1000).into_par_iter().for_each(|i| if i == 617 { panic!("job {i} failed") }));
    }
    pool.broadcast(|worker| eprintln!("worker {} of {} is here", worker.index(), worker.num_threads()));

    let chunks = AtomicUsize::new(0);
    let squares: u64 = pool.install(|| {
        (0..n).collect::<Vec<_>>().par_chunks(10_000).map(|c| { chunks.fetch_add(1, Relaxed); c.iter().map(|x| x * x).sum::<u64>() }).sum()
    });
    println!("squares below {n}: {squares}, in {} chunks", chunks.into_inner());

    let mut numbers: Vec<u64> = (0..n).map(|x| x.wrapping_mul(6364136223846793005).rotate_left(17)).collect();
    pool.install(|| numbers.par_sort_unstable());
    println!("sorted {n}: {}, least {:?}", numbers.windows(2).all(|w| w[0] <= w[1]), numbers.first());
}
