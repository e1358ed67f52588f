;; name: emacs-server
;; title: Emacs' websocket.el
;; role: server
;; http: 1.1
;; install: apt-get install emacs-nox elpa-websocket
;; version: command -v emacs >/dev/null && dpkg-query -f '${Version}' -W elpa-websocket
;; run: exec emacs --batch -l FILE ARGUMENT
;; notes: closes without a code, and knows no other
(package-initialize)
(require 'websocket)
(websocket-server
 (string-to-number (pop command-line-args-left))
 :host "127.0.0.1"
 :on-message
 (lambda (socket frame)
   (let ((text (websocket-frame-text frame)))
     (cond ((equal text "close me") (websocket-close socket))
           ((eq (websocket-frame-opcode frame) 'text) (websocket-send-text socket text))
           (t (websocket-send socket (make-websocket-frame :opcode 'binary :payload (websocket-frame-payload frame) :completep t))))))
 :on-close (lambda (_socket) nil))
(while t (accept-process-output nil 1))
