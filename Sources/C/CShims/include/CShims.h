// The few C interfaces that Swift cannot call itself: variadic functions, and Linux calls whose
// headers are not part of the Glibc module. Each one returns what the call returns; errno is left
// as the call set it.
#ifndef MISE_CI_CSHIMS_H
#define MISE_CI_CSHIMS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// epoll(7). Event masks are the bits below, which are the kernel's own.
#define SHIM_EPOLLIN 0x001u
#define SHIM_EPOLLOUT 0x004u
#define SHIM_EPOLLERR 0x008u
#define SHIM_EPOLLHUP 0x010u
#define SHIM_EPOLLRDHUP 0x2000u

typedef struct {
  uint32_t events;
  uint64_t token;
} shim_epoll_event;

int shim_epoll_create(void);
int shim_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token);
int shim_epoll_modify(int epoll, int descriptor, uint32_t events, uint64_t token);
int shim_epoll_remove(int epoll, int descriptor);
// Waits with nanosecond precision when the kernel has epoll_pwait2, else rounds up to milliseconds.
// A negative timeout waits for ever.
int shim_epoll_wait(int epoll, shim_epoll_event *events, int capacity, int64_t timeout_nanoseconds);
int shim_eventfd(void);

// Processes.
int shim_pidfd_open(pid_t pid);
int shim_pidfd_send_signal(int pidfd, int signal);

typedef struct {
  const char *path;
  char *const *arguments;
  char *const *environment;
  const char *working_directory;  // NULL: the parent's
  int standard_input;             // descriptors in the parent
  int standard_output;
  int standard_error;
  int new_process_group;  // 1: the child leads a group of its own
} shim_spawn_options;

// posix_spawnp with every other descriptor closed in the child, default signal actions and an
// empty signal mask. Returns 0 or an errno value.
int shim_spawn(pid_t *pid, const shim_spawn_options *options);
// prctl(PR_SET_CHILD_SUBREAPER): orphans of this process's descendants become its children.
int shim_set_subreaper(void);

int shim_pipe(int ends[2]);  // pipe2 with O_CLOEXEC
void shim_name_thread(const char *name);
int shim_accept(int descriptor, int flags);  // accept4 without the peer's address
int shim_open(const char *path, int flags, mode_t mode);
int shim_openat(int directory, const char *path, int flags, mode_t mode);
// fallocate(FALLOC_FL_KEEP_SIZE): takes room on the disk; the file stays as long as it is.
int shim_reserve(int descriptor, off_t offset, off_t length);
int shim_fcntl_int(int descriptor, int command, int argument);
int shim_ioctl_int(int descriptor, unsigned long request, int *argument);
// Columns of the terminal behind the descriptor, or -1 when there is none.
int shim_terminal_columns(int descriptor);

#endif
