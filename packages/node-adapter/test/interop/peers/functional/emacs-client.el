;; name: emacs-client
;; title: Emacs' websocket.el
;; role: client
;; http: 1.1
;; install: apt-get install emacs-nox elpa-websocket
;; version: command -v emacs >/dev/null && dpkg-query -f '${Version}' -W elpa-websocket
;; run: exec emacs --batch -l FILE ARGUMENT
;; notes: does not mask its close frame, which has no code either: 1002 here
(package-initialize)
(require 'websocket)
(websocket-open
 (pop command-line-args-left)
 :on-message
 (lambda (socket frame)
   (let ((text (websocket-frame-text frame)))
     (cond ((equal text "close me") (websocket-close socket))
           ((eq (websocket-frame-opcode frame) 'text) (websocket-send-text socket text))
           (t (websocket-send socket (make-websocket-frame :opcode 'binary :payload (websocket-frame-payload frame) :completep t)))))))
(while t (accept-process-output nil 1))
