module alu(input clk, input [1:0] op, input [7:0] a, b, output reg [7:0] y);
  always @(posedge clk)
    case (op)
      2'd0: y <= a + b;
      2'd1: y <= a & b;
      2'd2: y <= a ^ b;
      default: y <= a < b ? a : y;
    endcase
endmodule
