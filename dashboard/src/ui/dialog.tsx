import { type ReactNode, useEffect, useRef } from "react";

/** A modal dialog: the browser keeps the focus inside and closes it on Escape. */
export function Dialog({ title, close, children, wide = false }: { title: string; close: () => void; children: ReactNode; wide?: boolean }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    if (dialog && !dialog.open) dialog.showModal();
    // The browser would give the focus to the first button, which closes the dialog.
    dialog?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={box} className={wide ? "wide" : undefined} aria-label={title} onClose={close} onCancel={close}
      onClick={(event) => event.target === box.current && close()}>
      <header>
        <h2>{title}</h2>
        <button type="button" className="quiet" onClick={close} aria-label="Close">
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}

export function Confirm({ title, action, run, close, children }: { title: string; action: string; run: () => void; close: () => void; children: ReactNode }) {
  return (
    <Dialog title={title} close={close}>
      <div className="stack">{children}</div>
      <footer>
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="button" className="danger" onClick={() => { close(); run(); }}>
          {action}
        </button>
      </footer>
    </Dialog>
  );
}
